import { type Garbage, openStore, type Store } from "@flightdeck/store";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { collectGarbage, type Collected, type CollectOptions } from "./collect-garbage.ts";
import { GarbageArtifacts } from "./garbage-artifacts.ts";

let folder: string;
let store: Store;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "flightdeck-gc-"));
  store = await open();
});
afterEach(async () => {
  await store.close();
  await rm(folder, { recursive: true });
});

function open(): Promise<Store> {
  const backendStoreUri = `sqlite:///${join(folder, "store.db")}`;
  return openStore({ backendStoreUri, defaultArtifactRoot: "mlflow-artifacts:/" });
}

function collect(rest: Partial<CollectOptions> = {}): AsyncGenerator<Collected> {
  const artifacts = new GarbageArtifacts({ dataDir: folder, destination: join(folder, "artifacts") });
  const { signal } = new AbortController();
  return collectGarbage({ store: store.garbage, artifacts, input: {}, isDryRun: false, signal, ...rest });
}

/** Creates a deleted run with one five-byte artifact and returns its id and folder. */
async function deletedRun(): Promise<{ readonly id: string; readonly place: string }> {
  const { info } = await store.tracking.createRun({ experimentId: "0" });
  const place = join(folder, "artifacts", "0", info.runId);
  await mkdir(join(place, "artifacts"), { recursive: true });
  await writeFile(join(place, "artifacts", "a"), "12345");
  await store.tracking.deleteRun(info.runId);
  return { id: info.runId, place };
}

test("a dry run shows what there is and deletes nothing", async () => {
  const { id, place } = await deletedRun();
  const shown = await Array.fromAsync(collect({ isDryRun: true }));
  expect(shown).toMatchObject([{ garbage: { kind: "run", id }, size: { files: 1, bytes: 5 } }]);
  expect(existsSync(place)).toBe(true);
  expect(await Array.fromAsync(collect())).toEqual(shown);
  expect(existsSync(place)).toBe(false);
  expect(await Array.fromAsync(collect())).toEqual([]);
});

test("a gc interrupted between the rows and the artifacts is finished by the next one", async () => {
  const { id, place } = await deletedRun();
  await store.garbage.remove(await store.garbage.findGarbage());
  await store.close();
  store = await open();
  await expect(store.tracking.getRun(id)).rejects.toMatchObject({ code: "RESOURCE_DOES_NOT_EXIST" });
  expect(await Array.fromAsync(collect())).toMatchObject([{ garbage: { id }, size: { files: 1 } }]);
  expect(existsSync(place)).toBe(false);
});

test("a stopped gc deletes nothing more, and the next one continues", async () => {
  const { place } = await deletedRun();
  await expect(Array.fromAsync(collect({ signal: AbortSignal.abort() }))).rejects.toMatchObject({
    code: "CANCELLED",
  });
  expect(existsSync(place)).toBe(true);
  expect(await Array.fromAsync(collect())).toHaveLength(1);
  expect(existsSync(place)).toBe(false);
});

test("artifacts elsewhere are kept and reported", async () => {
  const experimentId = await store.tracking.createExperiment({ name: "s3", artifactLocation: "s3://b" });
  const { info } = await store.tracking.createRun({ experimentId });
  await store.tracking.deleteRun(info.runId);
  const garbage: Garbage = { kind: "run", id: info.runId, artifactUri: info.artifactUri };
  expect(await Array.fromAsync(collect())).toMatchObject([{ garbage, isBypassed: true }]);
  expect(await store.garbage.listUnfinished()).toEqual([]);
});
