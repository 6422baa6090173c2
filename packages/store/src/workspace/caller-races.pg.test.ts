import { sleep } from "@flightdeck/core";
import { part, startPostgres, valueOf } from "@flightdeck/testkit";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openStore } from "../open-store.ts";
import type { Store } from "../store.ts";
import { as, grant } from "../testing/describe-callers-store.ts";
import { failure } from "../testing/helpers.ts";
import type { Need, Resource } from "./workspace-store.ts";

/* Two stores on one database, each with its own connections, like two server processes. */

const postgres = await part("PostgreSQL", startPostgres);
afterAll(() => (postgres.missing ? undefined : postgres.value.close()));

const ROUNDS = 40;

describe.skipIf(postgres.missing)(
  `concurrent callers on PostgreSQL${postgres.missing ? ` (${postgres.reason})` : ""}`,
  () => {
    let server: Store;
    let other: Store;
    let client: pg.Client;
    let watcher: pg.Client;
    beforeAll(async () => {
      const backendStoreUri = await valueOf(postgres).createDatabase();
      const connect = async (): Promise<pg.Client> => {
        const connected = new pg.Client({ connectionString: backendStoreUri });
        await connected.connect();
        return connected;
      };
      [client, watcher] = [await connect(), await connect()];
      const open = (): Promise<Store> =>
        openStore({ backendStoreUri, defaultArtifactRoot: "mlflow-artifacts:/" });
      [server, other] = [await open(), await open()];
      for (const user of ["ana", "eve"]) await server.workspace.ensurePrincipal(user);
    });
    afterAll(async () => {
      await Promise.all([client, watcher].map((each) => each.end()));
      await Promise.all([server, other].map((store) => store.close()));
    });

    const manages = (reference: Resource): Need => ({ reference, level: "CAN_MANAGE" });
    const levelsOf = async (resource: Resource): Promise<readonly string[]> =>
      (await server.workspace.listGrants(resource)).map(({ grantee, level }) => `${grantee.name} ${level}`);

    test("cannot add grants to an experiment before it exists", async () => {
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

    /** Ways for another user's model to take over a model's name. */
    const REPLACING = {
      recreated: async (name: string): Promise<void> => {
        await other.registry.deleteRegisteredModel(name);
        await other
          .as({ principalName: "ana", needs: [], creates: "registered-model" })
          .registry.createRegisteredModel({ name });
      },
      renamed: async (name: string): Promise<void> => {
        await other.registry.createRegisteredModel({ name: `${name} of another` });
        await other.registry.renameRegisteredModel(name, `${name} before`);
        await other.registry.renameRegisteredModel(`${name} of another`, name);
      },
    };

    test.each(["recreated", "renamed"] as const)(
      "do not change another model that was %s under the same name",
      async (how) => {
        const [name, gate] = [`replaced ${how}`, `gate ${how}`];
        for (const each of [name, gate]) {
          await server.registry.createRegisteredModel({ name: each });
          await grant(server, "eve", "CAN_MANAGE", { kind: "registered-model", name: each });
        }
        const needs: readonly Need[] = [
          { reference: { kind: "registered-model", name }, level: "CAN_EDIT" },
          { reference: { kind: "registered-model", name: gate }, level: "CAN_MANAGE" },
        ];
        // The locked gate makes the call wait at its second need, after it has checked the first.
        await client.query("BEGIN");
        await client.query("SELECT 1 FROM registered_models WHERE name = $1 FOR UPDATE", [gate]);
        const tagging = failure(
          as(server, "eve", ...needs).registry.setRegisteredModelTag(name, { key: "k", value: "eve's" }),
        );
        let isTagged = false;
        void tagging.then(() => (isTagged = true));
        await untilWaiting(1, () => isTagged);
        let isReplaced = false;
        const replacing = REPLACING[how](name).then(() => (isReplaced = true));
        await untilWaiting(2, () => isReplaced);
        await client.query("ROLLBACK");
        await replacing;
        expect(await tagging).toBe("no error");
        expect((await server.registry.getRegisteredModel(name)).tags).toEqual([]);
      },
    );

    /** Waits until `count` transactions wait for a lock, or the call is over. */
    async function untilWaiting(count: number, isOver = (): boolean => false): Promise<void> {
      while (!isOver()) {
        const { rows } = await watcher.query<{ readonly count: number }>(
          `SELECT count(*)::int AS count FROM pg_stat_activity
            WHERE datname = current_database() AND wait_event_type = 'Lock'`,
        );
        if ((rows[0]?.count ?? 0) >= count) return;
        await sleep(5);
      }
    }

    test("cannot restore their own grants after these were revoked", async () => {
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

    test("never deadlock, however many write to one model", async () => {
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
