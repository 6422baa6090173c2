import { RandomForestClassifier } from "@flightdeck/forest";
import { Frame } from "@flightdeck/frame";
import { inferSignature } from "@flightdeck/models";
import { startTestServer, type TestServer } from "@flightdeck/testkit";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Mlflow } from "../fluent/mlflow.ts";
import { openClient } from "../fluent/open-client.ts";
import { answeringServer } from "../testing/answering-server.ts";
import { UnityCatalogClient } from "./unity-catalog-calls.ts";

const DISABLED = '{"is_databricks_sdk_models_artifact_repository_enabled":false}';
const NAME = "main.default.airline";

let server: TestServer;
let env: Record<string, string>;
let mlflow: Mlflow;
beforeAll(async () => {
  server = await startTestServer();
  env = {
    MLFLOW_TRACKING_URI: "databricks",
    MLFLOW_REGISTRY_URI: "databricks-uc",
    DATABRICKS_HOST: server.url,
    DATABRICKS_TOKEN: "any",
  };
  mlflow = new Mlflow({ env });
  await mlflow.setExperiment("/Shared/airline");
});
afterAll(() => server.close());

async function forestAndFrame(): Promise<readonly [RandomForestClassifier, Frame]> {
  const data = [0, 1, 2, 3].map((x) => [x, x > 1 ? 1 : 0]);
  const frame = Frame.fromRows({ columns: ["x", "label"], data });
  const forest = new RandomForestClassifier({ nEstimators: 5, bootstrap: false, seed: 1 });
  await forest.fit(frame, "label");
  return [forest, frame.drop(["label"])];
}

test("a model is registered with its files, and loaded by version, by alias and as latest", async () => {
  const [forest, features] = await forestAndFrame();
  const signature = inferSignature(features, await forest.predict(features));
  const logged = await mlflow.startRun({}, (run) =>
    run.logModel(forest, { name: "model", signature, registeredModelName: NAME }),
  );
  expect(logged.modelVersion).toMatchObject({ name: NAME, version: "1", status: "READY" });
  await mlflow.registerModel(logged.modelUri, NAME);
  await mlflow.client.setRegisteredModelAlias({ name: NAME, version: "1" }, "champion");
  for (const uri of [`models:/${NAME}/1`, `models:/${NAME}@champion`, `models:/${NAME}/latest`]) {
    const model = await mlflow.loadModel(uri);
    expect(await model.predict(features)).toEqual({ kind: "labels", values: [0, 0, 1, 1] });
  }
  const [newest] = await mlflow.client.getLatestVersions(NAME);
  expect(newest?.version).toBe("2");
  const found = await Array.fromAsync(mlflow.client.searchModelVersionsAll({ filter: `name='${NAME}'` }));
  expect(found.map(({ version }) => version).toSorted()).toEqual(["1", "2"]);
  expect(await mlflow.client.getRegisteredModel(NAME)).toMatchObject({
    aliases: [{ alias: "champion", version: "1" }],
  });
});

test("tags, descriptions, renaming and deletion work", async () => {
  const { client } = mlflow;
  await client.createRegisteredModel({ name: "main.s.m", tags: [{ key: "a", value: "1" }] });
  await client.updateRegisteredModel("main.s.m", "described");
  await client.setRegisteredModelTag("main.s.m", { key: "b", value: "2" });
  await client.deleteRegisteredModelTag("main.s.m", "a");
  await client.renameRegisteredModel("main.s.m", "main.s.n");
  expect(await client.getRegisteredModel("main.s.n")).toMatchObject({
    description: "described",
    tags: [{ key: "b", value: "2" }],
  });
  const names = (await Array.fromAsync(client.searchRegisteredModelsAll())).map(({ name }) => name);
  expect(names).toContain("main.s.n");
  await client.deleteRegisteredModel("main.s.n");
  await expect(client.getRegisteredModel("main.s.n")).rejects.toMatchObject({
    code: "RESOURCE_DOES_NOT_EXIST",
  });
  const key = { name: NAME, version: "2" };
  await client.setModelVersionTag(key, { key: "k", value: "v" });
  await client.updateModelVersion(key, "second");
  expect(await client.getModelVersion(key)).toMatchObject({
    description: "second",
    tags: [{ key: "k", value: "v" }],
  });
  await client.deleteModelVersion(key);
  await expect(client.getModelVersionDownloadUri(key)).rejects.toMatchObject({
    code: "RESOURCE_DOES_NOT_EXIST",
  });
});

test("unsupported calls are refused and leave nothing behind", async () => {
  const { client } = mlflow;
  const stage = { name: NAME, version: "1", stage: "Production" };
  await expect(client.transitionModelVersionStage(stage)).rejects.toThrow("Unity Catalog has no stages");
  await expect(client.getLatestVersions(NAME, ["Production"])).rejects.toThrow("no stages");
  await expect(client.searchRegisteredModels({ filter: "name = 'x'" })).rejects.toThrow("filtering");
  const [forest] = await forestAndFrame();
  const { modelUri } = await mlflow.startRun({}, (run) => run.logModel(forest, { name: "bare" }));
  await expect(mlflow.registerModel(modelUri, "main.s.bare")).rejects.toThrow("only models with a signature");
  expect(await Array.fromAsync(client.searchModelVersionsAll({ filter: "name='main.s.bare'" }))).toEqual([]);
  await expect(mlflow.registerModel(modelUri, "two.levels")).rejects.toMatchObject({
    code: "INVALID_PARAMETER_VALUE",
  });
});

test("a registry in another workspace is refused", async () => {
  const other = { ...env, MLFLOW_TRACKING_URI: "http://127.0.0.1:1" };
  expect(() => openClient(other)).toThrow("both must be the same workspace");
  expect(openClient(env)).toBeInstanceOf(UnityCatalogClient);
  expect(openClient({ ...env, MLFLOW_REGISTRY_URI: "databricks" })).not.toBeInstanceOf(UnityCatalogClient);
});

test("a workspace that accepts files only through its cloud's storage is refused before anything is created", async () => {
  const { url, seen } = await answeringServer({ status: 200, body: DISABLED });
  const client = new UnityCatalogClient({ trackingUri: url });
  await expect(client.createModelVersion({ name: NAME, source: "models:/m-1" })).rejects.toMatchObject({
    code: "NOT_IMPLEMENTED",
  });
  expect(seen).toHaveLength(1);
});
