import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startTestServer, type TestServer } from "../testing/test-server.ts";

/* The layout of MLflow 3's clients: the run's own folder is empty, and the model's files are stored with the model. */

let server: TestServer;
let runId: string;
let runRoot: string;
let modelId: string;

beforeAll(async () => {
  server = await startTestServer();
  const { run }: { run: { info: { run_id: string } } } = (
    await server.call("POST", "runs/create", { experiment_id: "0" })
  ).json;
  runId = run.info.run_id;
  runRoot = `0/${runId}/artifacts`;
  modelId = await logModel("model", { MLmodel: "flavors", "data/trees.bin": "trees" });
});
afterAll(() => server.close());

const proxy = (): string => `${server.url}/api/2.0/mlflow-artifacts/artifacts`;

async function put(path: string, body: string): Promise<void> {
  expect((await fetch(`${proxy()}/${path}`, { method: "PUT", body })).status).toBe(200);
}

async function logModel(name: string, files: Readonly<Record<string, string>>): Promise<string> {
  const { model }: { model: { info: { model_id: string } } } = (
    await server.call("POST", "logged-models", { experiment_id: "0", name, source_run_id: runId })
  ).json;
  const id = model.info.model_id;
  const models = [{ model_id: id, step: 0 }];
  expect((await server.call("POST", "runs/outputs", { run_id: runId, models })).status).toBe(200);
  for (const [path, text] of Object.entries(files)) await put(`0/models/${id}/artifacts/${path}`, text);
  return id;
}

async function listRun(path?: string): Promise<unknown> {
  const query = path === undefined ? "" : `&path=${encodeURIComponent(path)}`;
  const page: { files: unknown } = (await server.call("GET", `artifacts/list?run_id=${runId}${query}`)).json;
  return page.files;
}

async function listProxied(path: string): Promise<unknown> {
  const answer = await fetch(`${proxy()}?path=${encodeURIComponent(path)}`);
  return ((await answer.json()) as { files: unknown }).files; // A listing has files.
}

const MODEL_FILES = [
  { path: "MLmodel", is_dir: false, file_size: 7 },
  { path: "data", is_dir: true },
];

describe("a model that a run logged", () => {
  test("is a folder of the run", async () => {
    expect(await listRun()).toEqual([{ path: "model", is_dir: true }]);
    expect(await listProxied(runRoot)).toEqual([{ path: "model", is_dir: true }]);
  });

  test("is listed below the run and by its own call", async () => {
    expect(await listProxied(`${runRoot}/model`)).toEqual(MODEL_FILES);
    expect(await listRun("model")).toEqual([
      { path: "model/MLmodel", is_dir: false, file_size: 7 },
      { path: "model/data", is_dir: true },
    ]);
    expect(await listRun("model/data")).toEqual([
      { path: "model/data/trees.bin", is_dir: false, file_size: 5 },
    ]);
    const own = await server.call("GET", `logged-models/${modelId}/artifacts/directories`);
    expect(own.json).toEqual({
      root_uri: `mlflow-artifacts:/0/models/${modelId}/artifacts`,
      files: MODEL_FILES,
    });
  });

  test.each([
    ["the proxy", () => `${proxy()}/${runRoot}/model/data/trees.bin`],
    ["get-artifact", () => `${server.url}/get-artifact?run_id=${runId}&path=model/data/trees.bin`],
    [
      "get-artifact by run_uuid",
      () => `${server.url}/get-artifact?run_uuid=${runId}&path=model%2Fdata%2Ftrees.bin`,
    ],
    [
      "the model's own call",
      () =>
        `${server.url}/ajax-api/2.0/mlflow/logged-models/${modelId}/artifacts/files?artifact_file_path=data/trees.bin`,
    ],
  ])("is downloaded by %s", async (_name, url) => {
    const answer = await fetch(url());
    expect([answer.status, await answer.text()]).toEqual([200, "trees"]);
  });

  test("files that it does not have are not found", async () => {
    expect((await fetch(`${proxy()}/${runRoot}/model/absent`)).status).toBe(404);
    expect((await fetch(`${proxy()}/${runRoot}/other/MLmodel`)).status).toBe(404);
    expect((await fetch(`${proxy()}/${runRoot}/model`)).status).toBe(400);
    expect((await fetch(`${proxy()}/1/${runId}/artifacts/model/MLmodel`)).status).toBe(404);
    expect(await listProxied(`0/${"0".repeat(32)}/artifacts/model`)).toEqual([]);
  });

  test("the newest of a name is shown, and the run's own files take precedence", async () => {
    await logModel("model", { MLmodel: "newer" });
    expect(await (await fetch(`${proxy()}/${runRoot}/model/MLmodel`)).text()).toBe("newer");
    await put(`${runRoot}/model/MLmodel`, "the run's own");
    await put(`${runRoot}/notes.txt`, "n");
    expect(await (await fetch(`${proxy()}/${runRoot}/model/MLmodel`)).text()).toBe("the run's own");
    expect(await listRun()).toEqual([
      { path: "model", is_dir: true },
      { path: "notes.txt", is_dir: false, file_size: 1 },
    ]);
  });
});

test("listing a file returns nothing, as in MLflow's server", async () => {
  await put(`${runRoot}/alone.txt`, "x");
  expect(await listRun("alone.txt")).toEqual([]);
  expect(await listProxied(`${runRoot}/alone.txt`)).toEqual([]);
});

test("a download with a missing parameter says which one", async () => {
  const answer = await fetch(`${server.url}/get-artifact?path=x`);
  expect([answer.status, await answer.json()]).toMatchObject([
    400,
    { error_code: "INVALID_PARAMETER_VALUE", details: { field: "run_id" } },
  ]);
  expect((await fetch(`${server.url}/get-artifact?run_id=${runId}`)).status).toBe(400);
});

test("artifacts of a run in other storage are not read", async () => {
  const locations = ["file:///etc", "/etc", "s3://bucket/x", "http://169.254.169.254/latest"];
  for (const [index, location] of locations.entries()) {
    const body = { name: `elsewhere-${index}`, artifact_location: location };
    const created: { experiment_id: string } = (await server.call("POST", "experiments/create", body)).json;
    const { run }: { run: { info: { run_id: string } } } = (await server.call("POST", "runs/create", created))
      .json;
    const listed = await server.call("GET", `artifacts/list?run_id=${run.info.run_id}`);
    expect(listed.status).toBe(400);
    expect(listed.body).toContain("are not stored by this server");
    const got = await fetch(`${server.url}/get-artifact?run_id=${run.info.run_id}&path=passwd`);
    expect(got.status).toBe(400);
  }
});

test.each([
  "runs:/x/y",
  "models:/m/1",
  "mlflow-artifacts:/../x",
  "s3://b/x#y",
  "javascript:alert(1)",
  "ftp://h/x",
])("%s is refused as an artifact location", async (location) => {
  const answer = await server.call("POST", "experiments/create", {
    name: location,
    artifact_location: location,
  });
  expect([answer.status, answer.json]).toMatchObject([400, { error_code: "INVALID_PARAMETER_VALUE" }]);
});
