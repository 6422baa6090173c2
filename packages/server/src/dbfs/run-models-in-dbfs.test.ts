import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startTestServer, type TestServer } from "../testing/test-server.ts";

/* The guide's path of a model, `<run>/artifacts/model`, means the logged model of a client of MLflow 3, whichever way. */

describe.each(["dbfs:/databricks/mlflow", "dbfs:/databricks/mlflow-tracking"])("below %s", (root) => {
  let server: TestServer;
  let runId: string;
  let runUri: string;
  let modelId: string;

  beforeAll(async () => {
    server = await startTestServer();
    const location = { name: "/Users/me@example.com/airline", artifact_location: root };
    const { experiment_id: experimentId }: { experiment_id: string } = (
      await server.call("POST", "experiments/create", location)
    ).json;
    const { run }: { run: { info: { run_id: string; artifact_uri: string } } } = (
      await server.call("POST", "runs/create", { experiment_id: experimentId })
    ).json;
    runId = run.info.run_id;
    runUri = run.info.artifact_uri;
    expect(runUri).toBe(`${root}/${experimentId}/${runId}/artifacts`);
    const { model }: { model: { info: { model_id: string; artifact_uri: string } } } = (
      await server.call("POST", "logged-models", { experiment_id: experimentId, name: "model" })
    ).json;
    modelId = model.info.model_id;
    await server.call("POST", "runs/outputs", { run_id: runId, models: [{ model_id: modelId, step: 0 }] });
    const place = model.info.artifact_uri.replace("dbfs:/", `${server.url}/dbfs/`);
    expect((await fetch(`${place}/MLmodel`, { method: "POST", body: "flavors" })).status).toBe(200);
  });
  afterAll(() => server.close());

  const json = async (path: string, init?: RequestInit): Promise<unknown> =>
    await (await fetch(`${server.url}/api/2.0/${path}`, init)).json();
  const modelPath = (): string => `${runUri.replace("dbfs:", "")}/model`;

  test("DBFS has its status, lists it and reads it", async () => {
    expect(await json(`dbfs/get-status?path=${modelPath()}`)).toMatchObject({ is_dir: true });
    const run = runUri.replace("dbfs:", "");
    expect(await json(`dbfs/get-status?path=${run}`)).toMatchObject({ is_dir: true });
    expect(await json(`dbfs/list?path=${run}`)).toMatchObject({
      files: [{ path: modelPath(), is_dir: true }],
    });
    const file = { path: `${modelPath()}/MLmodel`, is_dir: false, file_size: 7 };
    expect(await json(`dbfs/list?path=${modelPath()}`)).toMatchObject({ files: [file] });
    expect(await (await fetch(`${server.url}/dbfs${modelPath()}/MLmodel`)).text()).toBe("flavors");
    expect(await json(`dbfs/read?path=${modelPath()}/MLmodel`)).toMatchObject({ bytes_read: 7 });
  });

  test("the run's listing includes it, and a signed URL reads it", async () => {
    expect(await json(`mlflow/artifacts/list?run_id=${runId}&path=model`)).toMatchObject({
      root_uri: runUri,
      files: [{ path: "model/MLmodel" }],
    });
    const body = JSON.stringify({ run_id: runId, path: ["model/MLmodel"] });
    const init = { method: "POST", headers: { "content-type": "application/json" }, body };
    const { credential_infos: infos } = (await json("mlflow/artifacts/credentials-for-read", init)) as {
      credential_infos: { signed_uri: string }[]; // The response of the call.
    };
    expect(await (await fetch(infos[0]?.signed_uri ?? "")).text()).toBe("flavors");
  });

  test("the Files API finds it below the run and by the model", async () => {
    const tracked = `${server.url}/api/2.0/fs`;
    const inRun = `WorkspaceInternal/Mlflow/Artifacts/1/Runs/${runId}/artifacts`;
    for (const folder of [inRun, `${inRun}/model`]) {
      expect((await fetch(`${tracked}/directories/${folder}`, { method: "HEAD" })).status).toBe(200);
    }
    expect((await fetch(`${tracked}/directories/${inRun}/none`, { method: "HEAD" })).status).toBe(404);
    expect(await json(`fs/directories/${inRun}/model`)).toMatchObject({
      contents: [{ path: `/${inRun}/model/MLmodel`, name: "MLmodel", is_directory: false, file_size: 7 }],
    });
    const inModel = `WorkspaceInternal/Mlflow/Artifacts/1/LoggedModels/${modelId}/artifacts/MLmodel`;
    for (const file of [`${inRun}/model/MLmodel`, inModel]) {
      expect(await (await fetch(`${tracked}/files/${file}`)).text()).toBe("flavors");
    }
  });
});
