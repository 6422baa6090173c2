import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openStore } from "../open-store.ts";
import type { Store } from "../store.ts";

/* Databricks clients decide from the path of an artifact URI how to access it. */

let folder: string;
let store: Store;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "roots-"));
  const backendStoreUri = `sqlite:///${join(folder, "x.db")}`;
  store = await openStore({ backendStoreUri, defaultArtifactRoot: "mlflow-artifacts:/" });
});
afterAll(async () => {
  await store.close();
  await rm(folder, { recursive: true });
});

test.each([
  ["dbfs:/databricks/mlflow", "models"],
  ["dbfs:/databricks/mlflow-tracking", "logged_models"],
])("below %s, an experiment's folder is its id and logged models are in %s", async (root, models) => {
  const experimentId = await store.tracking.createExperiment({ name: root, artifactRoot: root });
  const { artifactLocation } = await store.tracking.getExperiment(experimentId);
  expect(artifactLocation).toBe(`${root}/${experimentId}`);
  const run = await store.tracking.createRun({ experimentId });
  expect(run.info.artifactUri).toBe(`${artifactLocation}/${run.info.runId}/artifacts`);
  const model = await store.tracking.createLoggedModel({ experimentId });
  expect(model.artifactUri).toBe(`${artifactLocation}/${models}/${model.modelId}/artifacts`);
});

test("an explicit artifact location takes precedence over a root", async () => {
  const place = { artifactLocation: "s3://bucket", artifactRoot: "dbfs:/databricks/mlflow" };
  const experimentId = await store.tracking.createExperiment({ name: "own", ...place });
  expect((await store.tracking.getExperiment(experimentId)).artifactLocation).toBe("s3://bucket");
});
