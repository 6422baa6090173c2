import { part, startPostgres, valueOf } from "@flightdeck/testkit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openStore } from "../open-store.ts";
import type { Store } from "../store.ts";
import { as, grant } from "../testing/describe-callers-store.ts";
import { failure } from "../testing/helpers.ts";
import type { Need, Resource } from "./workspace-store.ts";

/* Two stores on one database, each with connections of its own, as two server processes have. */

const postgres = await part("PostgreSQL", startPostgres);
afterAll(() => (postgres.missing ? undefined : postgres.value.close()));

const ROUNDS = 40;

describe.skipIf(postgres.missing)(
  `callers that meet others on PostgreSQL${postgres.missing ? ` (${postgres.reason})` : ""}`,
  () => {
    let server: Store;
    let other: Store;
    beforeAll(async () => {
      const backendStoreUri = await valueOf(postgres).createDatabase();
      const open = (): Promise<Store> =>
        openStore({ backendStoreUri, defaultArtifactRoot: "mlflow-artifacts:/" });
      [server, other] = [await open(), await open()];
      for (const user of ["ana", "eve"]) await server.workspace.ensurePrincipal(user);
    });
    afterAll(() => Promise.all([server, other].map((store) => store.close())));

    const manages = (reference: Resource): Need => ({ reference, level: "CAN_MANAGE" });
    const levelsOf = async (resource: Resource): Promise<readonly string[]> =>
      (await server.workspace.listGrants(resource)).map(({ grantee, level }) => `${grantee.name} ${level}`);

    it("grant nobody anything on an experiment that is still to come", async () => {
      for (let round = 0; round < ROUNDS; round++) {
        const last = await server.tracking.createExperiment({ name: `last ${round}` });
        const resource: Resource = { kind: "experiment", experimentId: String(Number(last) + 1) };
        const eve = { grantee: { kind: "user", name: "eve" }, level: "CAN_MANAGE" } as const;
        const ana = other.as({ principalName: "ana", needs: [], creates: "experiment" });
        const [created] = await Promise.all([
          ana.tracking.createExperiment({ name: `next ${round}` }),
          ...[0, 1, 2].map(() =>
            failure(as(server, "eve", manages(resource)).workspace.putGrants(resource, [eve], "add")),
          ),
        ]);
        expect(created).toBe(resource.experimentId);
        expect(await levelsOf(resource)).toEqual(["ana CAN_MANAGE"]);
      }
    });

    it("change no model that was made anew under the name of their own", async () => {
      let refused = 0;
      for (let round = 0; round < ROUNDS; round++) {
        const name = `replaced ${round}`;
        const resource: Resource = { kind: "registered-model", name };
        await server.registry.createRegisteredModel({ name });
        await grant(server, "eve", "CAN_EDIT", resource);
        const tagging = [0, 1, 2, 3].map((index) => {
          const { registry } = as(server, "eve", { reference: resource, level: "CAN_EDIT" });
          return failure(registry.setRegisteredModelTag(name, { key: `k${index}`, value: "eve's" }));
        });
        await other.registry.deleteRegisteredModel(name);
        await other
          .as({ principalName: "ana", needs: [], creates: "registered-model" })
          .registry.createRegisteredModel({ name });
        const outcomes = await Promise.all(tagging);
        for (const outcome of outcomes) {
          expect(outcome).toMatch(/^(no error|RESOURCE_DOES_NOT_EXIST: .*|PERMISSION_DENIED: .*)$/);
        }
        refused += outcomes.filter((outcome) => outcome !== "no error").length;
        expect((await server.registry.getRegisteredModel(name)).tags).toEqual([]);
      }
      expect(refused).toBeGreaterThan(0); // Else nothing has met.
    });

    it("change no model that has got the name of theirs by renaming", async () => {
      for (let round = 0; round < ROUNDS; round++) {
        const names = [`swapped ${round}`, `swapped away ${round}`, `foreign ${round}`] as const;
        const resource: Resource = { kind: "registered-model", name: names[0] };
        await server.registry.createRegisteredModel({ name: names[0] });
        await server.registry.createRegisteredModel({ name: names[2] });
        await grant(server, "eve", "CAN_MANAGE", resource);
        const describing = [0, 1, 2, 3].map(() =>
          failure(as(server, "eve", manages(resource)).registry.updateRegisteredModel(names[0], "eve's")),
        );
        await other.registry.renameRegisteredModel(names[0], names[1]);
        await other.registry.renameRegisteredModel(names[2], names[0]);
        await Promise.all(describing);
        expect((await server.registry.getRegisteredModel(names[0])).description).toBe("");
      }
    });

    it("give nothing back to themselves after it was taken from them", async () => {
      for (let round = 0; round < ROUNDS; round++) {
        const experimentId = await server.tracking.createExperiment({ name: `revoked ${round}` });
        const resource: Resource = { kind: "experiment", experimentId };
        await grant(server, "eve", "CAN_MANAGE", resource);
        const eve = { grantee: { kind: "user", name: "eve" }, level: "CAN_MANAGE" } as const;
        const granting = [0, 1, 2, 3].map(() =>
          failure(as(server, "eve", manages(resource)).workspace.putGrants(resource, [eve], "add")),
        );
        await other.workspace.putGrants(resource, [], "replace");
        await Promise.all(granting);
        expect(await levelsOf(resource)).toEqual([]);
      }
    });

    it("never wait for each other for good, however many write to one model", async () => {
      const { name } = await server.registry.createRegisteredModel({ name: "busy" });
      const resource: Resource = { kind: "registered-model", name };
      await grant(server, "eve", "CAN_MANAGE", resource);
      const outcomes = await Promise.all(
        Array.from({ length: ROUNDS }, (_, index) => {
          const level = index % 4 === 0 ? "CAN_MANAGE" : "CAN_EDIT";
          const { registry } = as(index % 2 === 0 ? server : other, "eve", { reference: resource, level });
          return index % 4 === 0
            ? failure(registry.updateRegisteredModel(name, String(index)))
            : failure(registry.createModelVersion({ name, source: "s3://bucket/model" }));
        }),
      );
      expect(new Set(outcomes)).toEqual(new Set(["no error"]));
    });
  },
);
