import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Store } from "../store.ts";
import { failure } from "./helpers.ts";

type ManagedTestStore = Pick<Store, "tracking" | "registry" | "garbage" | "close">;

const LOCATION = /^dbfs:\/databricks\/unity-catalog\/([0-9a-f]{32})\/artifacts$/;

/** Tests that every `ManagedVersionStore` must pass. */
export function describeManagedVersionStore(name: string, open: () => Promise<ManagedTestStore>): void {
  describe(name, () => {
    let store: ManagedTestStore;
    beforeAll(async () => {
      store = await open();
      await store.registry.createRegisteredModel({ name: "a.b.kept" });
    });
    afterAll(() => store.close());
    registrationTests(() => store);
    deletionTests(() => store);
  });
}

function registrationTests(store: () => ManagedTestStore): void {
  test("waits for its files in a new folder and is ready once finalized", async () => {
    const { registry } = store();
    const input = { name: "a.b.kept", source: "/tmp/model", userId: "ana", description: "d" };
    const [first, second] = [
      await registry.createManagedVersion(input),
      await registry.createManagedVersion(input),
    ];
    expect(first).toMatchObject({ ...input, version: "1", status: "PENDING_REGISTRATION" });
    const location = await registry.getModelVersionDownloadUri(first);
    expect(location).toMatch(LOCATION);
    const other = await registry.getModelVersionDownloadUri(second);
    expect(other).not.toBe(location);
    expect(await registry.mayWriteAt(`${location}/MLmodel`)).toBe(true);
    const ready = await registry.finalizeModelVersion(first);
    expect(ready).toMatchObject({ version: "1", status: "READY" });
    expect(await registry.finalizeModelVersion(first)).toEqual(ready);
    expect(await registry.getModelVersion(first)).toEqual(ready);
    const places = [location, `${location}/MLmodel`, `${other}/MLmodel`, "dbfs:/x", `${location}2`];
    expect(await Promise.all(places.map((uri) => registry.mayWriteAt(uri)))).toEqual([
      false,
      false,
      true,
      true,
      true,
    ]);
    expect((await registry.getModelVersion(second)).status).toBe("PENDING_REGISTRATION");
    expect(await failure(registry.finalizeModelVersion({ name: "a.b.kept", version: "99" }))).toContain(
      "RESOURCE_DOES_NOT_EXIST",
    );
  });

  test("takes the run from its logged model, which only the client tags", async () => {
    const { registry, tracking } = store();
    const { info } = await tracking.createRun({ experimentId: "0" });
    const { modelId } = await tracking.createLoggedModel({ experimentId: "0", sourceRunId: info.runId });
    const source = `models:/${modelId}`;
    const version = await registry.createManagedVersion({ name: "a.b.kept", source, modelId });
    expect(version).toMatchObject({ runId: info.runId, modelId });
    expect((await tracking.getLoggedModel(modelId)).tags).toEqual([]);
  });

  test("keeps its location when its model is renamed", async () => {
    const { registry } = store();
    await registry.createRegisteredModel({ name: "a.b.old" });
    const version = await registry.createManagedVersion({ name: "a.b.old", source: "x" });
    const location = await registry.getModelVersionDownloadUri(version);
    await registry.renameRegisteredModel("a.b.old", "a.b.new");
    const key = { name: "a.b.new", version: "1" };
    expect(await registry.getModelVersionDownloadUri(key)).toBe(location);
  });
}

function deletionTests(store: () => ManagedTestStore): void {
  test("leaves its files as garbage when it or its model is deleted, unless another version uses them", async () => {
    const { registry, garbage } = store();
    await registry.createRegisteredModel({ name: "a.b.gone" });
    const make = () => registry.createManagedVersion({ name: "a.b.gone", source: "x" });
    const [alone, shared, whole] = [await make(), await make(), await make()];
    const locations = await Promise.all(
      [alone, shared, whole].map((key) => registry.getModelVersionDownloadUri(key)),
    );
    await registry.createModelVersion({ name: "a.b.kept", source: "models:/a.b.gone/2" });
    await registry.createModelVersion({ name: "a.b.gone", source: "dbfs:/databricks/unity-catalog" });
    await registry.deleteModelVersion(alone);
    expect(await leftAt(garbage)).toEqual([locations[0]]);
    expect(await registry.mayWriteAt(`${locations[0]}/x`)).toBe(false);
    await registry.deleteRegisteredModel("a.b.gone");
    expect(await leftAt(garbage)).toEqual([locations[0], locations[2]]);
    const left = await garbage.listUnfinished();
    expect(left.map(({ kind, id }) => [kind, id])).toEqual(
      [locations[0], locations[2]].map((uri) => ["model_version", LOCATION.exec(uri ?? "")?.[1]]),
    );
    await garbage.finish(left);
    expect(await garbage.listUnfinished()).toEqual([]);
  });
}

async function leftAt(garbage: ManagedTestStore["garbage"]): Promise<(string | undefined)[]> {
  return (await garbage.listUnfinished()).map(({ artifactUri }) => artifactUri);
}
