import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { requestHead, startTestServer, type TestServer } from "../testing/test-server.ts";

/* The registry as clients of Unity Catalog call it. The acceptance suite tests it with stock clients. */

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.close());

const UC = "unity-catalog";
type Version = {
  version: string;
  status: string;
  storage_location: string;
  aliases: object[];
  tags: object[];
};

const call = async (method: string, path: string, body?: object): Promise<Record<string, never>> =>
  (await server.call(method, path, body)).json;

async function createVersion(name: string, fields: object = {}): Promise<Version> {
  const body = { name, source: "/tmp/model", ...fields };
  const answer: { model_version: Version } = (await call(
    "POST",
    `${UC}/model-versions/create`,
    body,
  )) as never;
  return answer.model_version;
}

async function createModel(name: string): Promise<string> {
  const created = await server.call("POST", `${UC}/registered-models/create`, { name });
  expect([name, created.status]).toEqual([name, 200]);
  return name;
}

const fileAt = (path: string, init?: RequestInit): Promise<Response> =>
  fetch(`${server.url}/api/2.0/fs/files/Models/${path}`, init);
const put = async (path: string, body = "x"): Promise<number> =>
  (await fileAt(`${path}?overwrite=true`, { method: "PUT", body })).status;
const post = (path: string, body: object): Promise<Response> =>
  fetch(`${server.url}/api/2.0/${path}`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });

describe("a version", () => {
  test("is pending until its files are uploaded, and then its files cannot be changed", async () => {
    const name = await createModel("main.ml.airline");
    const version = await createVersion(name);
    expect(version).toMatchObject({ version: "1", status: "PENDING_REGISTRATION" });
    const credentials = { name, version: "1", operation: "MODEL_VERSION_OPERATION_READ_WRITE" };
    const url = `${UC}/model-versions/generate-temporary-credentials`;
    expect(await call("POST", url, credentials)).toEqual({
      credentials: { storage_mode: "DEFAULT_STORAGE" },
    });
    expect(await put("main/ml/airline/1/MLmodel", "flavors")).toBe(204);
    const path = "/Models/main/ml/airline/1/data/x";
    const signed = (await (await post("fs/create-upload-url", { path })).json()) as { url: string }; // The response of the endpoint.
    expect((await fetch(signed.url, { method: "PUT", body: "deep" })).status).toBe(200);
    const ready = await call("POST", `${UC}/model-versions/finalize`, { name, version: "1" });
    expect(ready).toMatchObject({
      model_version: { ...version, status: "READY", last_updated_timestamp: expect.any(Number) },
    });

    expect(await put("main/ml/airline/1/MLmodel", "other")).toBe(403);
    expect((await fileAt("main/ml/airline/1/MLmodel", { method: "DELETE" })).status).toBe(403);
    const begun = await fileAt("main/ml/airline/1/big?action=initiate-upload", { method: "POST" });
    expect(begun.status).toBe(403);
    expect((await post("fs/create-upload-url", { path })).status).toBe(403);
    expect((await fetch(signed.url, { method: "PUT", body: "late" })).status).toBe(403);
    const folder = `${server.url}/api/2.0/fs/directories/Models/main/ml/airline/1`;
    expect((await fetch(`${folder}/new`, { method: "PUT" })).status).toBe(403);
    expect((await fetch(`${folder}/data`, { method: "DELETE" })).status).toBe(403);

    expect(await (await fileAt("main/ml/airline/1/MLmodel")).text()).toBe("flavors");
    const listed = (await (await fetch(folder)).json()) as { contents: object[] }; // The response of the endpoint.
    expect(listed.contents).toMatchObject([
      { path: "/Models/main/ml/airline/1/MLmodel", file_size: 7 },
      { path: "/Models/main/ml/airline/1/data", is_directory: true },
    ]);
  });

  test("is the same in the workspace's dialect, including its files", async () => {
    const name = await createModel("main.ml.seen");
    const { storage_location: location } = await createVersion(name);
    await put("main/ml/seen/1/MLmodel", "flavors");
    await call("POST", `${UC}/model-versions/finalize`, { name, version: "1" });
    const version = await call("GET", `model-versions/get?name=${name}&version=1`);
    expect(version).toMatchObject({ model_version: { name, version: "1", status: "READY" } });
    const files = await call("GET", `model-versions/list-artifacts?name=${name}&version=1`);
    expect(files).toMatchObject({ root_uri: location, files: [{ path: "MLmodel", file_size: 7 }] });
    const search = `model-versions/search?filter=${encodeURIComponent(`name='${name}'`)}`;
    expect(await call("GET", `${UC}/${search}`)).toMatchObject({ model_versions: [{ name, version: "1" }] });
  });

  test("of the workspace's registry is read from its run's folder and cannot be written", async () => {
    await fetch(`${server.url}/dbfs/models/m/MLmodel`, { method: "POST", body: "flavors" });
    await server.call("POST", "registered-models/create", { name: "plain" });
    await server.call("POST", "model-versions/create", { name: "plain", source: "dbfs:/models/m" });
    expect(await (await fileAt("plain/1/MLmodel")).text()).toBe("flavors");
    expect(await put("plain/1/MLmodel", "other")).toBe(403);
  });

  test("keeps its files when its model is renamed, and a new model with the old name has none", async () => {
    const name = await createModel("main.ml.before");
    await createVersion(name);
    await put("main/ml/before/1/MLmodel", "old");
    const renamed = { name, new_name: "main.ml.after" };
    expect(await call("PATCH", `${UC}/registered-models/update`, renamed)).toMatchObject({
      registered_model: { name: "main.ml.after" },
    });
    expect(await (await fileAt("main/ml/after/1/MLmodel")).text()).toBe("old");
    await createModel(name);
    await createVersion(name);
    expect((await fileAt("main/ml/before/1/MLmodel")).status).toBe(404);
  });

  test("lists each of its users once", async () => {
    const name = await createModel("main.ml.used");
    await createVersion(name);
    const job = { id: "7", job_run_id: "70" };
    const lineage = { direction: "DOWNSTREAM", entities: [{ job }, { notebook: { id: "8" } }] };
    const body = { name, version: "1", model_version_lineage_info: lineage };
    for (const path of [1, 2]) {
      expect([path, await call("POST", `${UC}/model-versions/emit-lineage`, body)]).toEqual([path, {}]);
    }
    await call("POST", `${UC}/model-versions/emit-lineage`, { name, version: "1" });
    const { model_version: stored } = await call("GET", `model-versions/get?name=${name}&version=1`);
    expect((stored as unknown as Version).tags).toEqual([
      { key: "flightdeck.lineage.downstream.job.7", value: JSON.stringify(job) },
      { key: "flightdeck.lineage.downstream.notebook.8", value: '{"id":"8"}' },
    ]);
  });

  test("lists what created it, as reported by the client, and who reads it through signed URLs", async () => {
    const name = await createModel("main.ml.made");
    const said = (value: object): Record<string, string> => ({
      "content-type": "application/json",
      "x-databricks-lineage-identifier": btoa(JSON.stringify(value)),
    });
    const ask = (path: string, headers: Record<string, string>, fields: object): Promise<Response> => {
      const body = JSON.stringify({ name, version: "1", ...fields });
      return fetch(`${server.url}/api/2.0/mlflow/${UC}/model-versions/${path}`, {
        method: "POST",
        headers,
        body,
      });
    };
    const table = { name: "main.ml.flights", table_id: "t" };
    const made = { entities: [{ job: { id: "7" } }], lineages: [{ source_securables: [{ table }] }] };
    const tags = [{ key: "own", value: "1" }];
    expect((await ask("create", said(made), { source: "/tmp/model", tags })).status).toBe(200);
    const used = said({ entities: [{ notebook: { id: "8" } }] });
    const operation = "MODEL_VERSION_OPERATION_READ";
    expect((await ask("generate-temporary-credentials", used, { operation })).status).toBe(200);
    const writing = { operation: "MODEL_VERSION_OPERATION_READ_WRITE" };
    await ask("generate-temporary-credentials", said({ entities: [{ job: { id: "9" } }] }), writing);
    const { model_version: stored } = await call("GET", `${UC}/model-versions/get?name=${name}&version=1`);
    expect((stored as unknown as Version).tags).toEqual([
      { key: "flightdeck.lineage.downstream.notebook.8", value: '{"id":"8"}' },
      { key: "flightdeck.lineage.upstream.job.7", value: '{"id":"7"}' },
      { key: "flightdeck.lineage.upstream.table.main.ml.flights", value: JSON.stringify(table) },
      ...tags,
    ]);
    const broken = { "content-type": "application/json", "x-databricks-lineage-identifier": "{}" };
    expect((await ask("create", broken, { source: "x" })).status).toBe(400);
  });

  test("lists a limited number of users", async () => {
    const name = await createModel("main.ml.popular");
    await createVersion(name);
    const entities = Array.from({ length: 150 }, (_, id) => ({ job: { id: String(id) } }));
    const body = { name, version: "1", model_version_lineage_info: { entities } };
    await call("POST", `${UC}/model-versions/emit-lineage`, body);
    const { model_version: stored } = await call("GET", `${UC}/model-versions/get?name=${name}&version=1`);
    expect((stored as unknown as Version).tags).toHaveLength(100);
  });
});

describe("a model", () => {
  test("has aliases with their versions", async () => {
    const name = await createModel("main.ml.aliased");
    await createVersion(name);
    await call("POST", `${UC}/registered-models/alias`, { name, alias: "champion", version: "1" });
    const model = await call("GET", `${UC}/registered-models/get?name=${name}`);
    expect(model).toMatchObject({ registered_model: { aliases: [{ alias: "champion", version: "1" }] } });
    const found = await call("GET", `${UC}/registered-models/alias?name=${name}&alias=champion`);
    expect(found).toMatchObject({ model_version: { aliases: [{ alias: "champion", version: "1" }] } });
    await call("DELETE", `${UC}/registered-models/alias`, { name, alias: "champion" });
    const gone = await call("GET", `${UC}/registered-models/alias?name=${name}&alias=champion`);
    expect(gone).toMatchObject({ error_code: "INVALID_PARAMETER_VALUE" });
  });

  test("needs a name of one or three levels, when it is created and when it is renamed", async () => {
    const name = await createModel("rapids_mlflow_cli");
    for (const wrong of ["ml.airline", "a.b.c.d", "a.1.c"]) {
      const created = await call("POST", `${UC}/registered-models/create`, { name: wrong });
      const renamed = await call("PATCH", `${UC}/registered-models/update`, { name, new_name: wrong });
      for (const answer of [created, renamed]) {
        expect(answer).toMatchObject({
          error_code: "INVALID_PARAMETER_VALUE",
          message: expect.stringContaining(wrong),
        });
      }
    }
    const { message } = await call("POST", `${UC}/registered-models/create`, { name: "ml.airline" });
    expect(message).toContain("specify all three levels");
  });

  test("has no deployment job, and one call cannot change both its name and its description", async () => {
    const name = await createModel("main.ml.plain");
    const deployed = await call("POST", `${UC}/registered-models/create`, {
      name: "main.ml.d",
      deployment_job_id: "1",
    });
    expect(deployed).toMatchObject({ error_code: "INVALID_PARAMETER_VALUE" });
    const both = { name, new_name: "main.ml.x", description: "d" };
    expect(await call("PATCH", `${UC}/registered-models/update`, both)).toMatchObject({
      error_code: "INVALID_PARAMETER_VALUE",
    });
    const described = await call("PATCH", `${UC}/registered-models/update`, { name, description: "d" });
    expect(described).toMatchObject({ registered_model: { name, description: "d" } });
    expect(await call("GET", `registered-models/get?name=${name}`)).toMatchObject({
      registered_model: { description: "d" },
    });
  });

  test("that is absent is not found, nor is a path outside of a version", async () => {
    const absent = await call("GET", `${UC}/registered-models/get?name=main.ml.none`);
    expect(absent).toMatchObject({ error_code: "RESOURCE_DOES_NOT_EXIST" });
    for (const path of ["main/ml/none/1/x", "main/ml", "main/ml/airline/x", "main.ml.airline/1/MLmodel"]) {
      const answer = await fileAt(path);
      expect([path, answer.status, ((await answer.json()) as { error_code: string }).error_code]).toEqual([
        path,
        404,
        "NOT_FOUND",
      ]);
      expect([path, await put(path)]).toEqual([path, 404]);
    }
  });
});

test.each(["%2e%2e/x", "a/%2e%2e/%2e%2e/x", "../2/x", "%5c..%5cx", "%00"])(
  "%s cannot leave a version's folder",
  async (path) => {
    await server.call("POST", `${UC}/registered-models/create`, { name: "main.ml.held" });
    await createVersion("main.ml.held");
    const target = `/api/2.0/fs/files/Models/main/ml/held/1/${path}`;
    const { status } = await server.raw(`${requestHead("PUT", target, ["Content-Length: 1"])}x`);
    expect(status).toBe(400);
  },
);

test("responses to clients of a workspace contain its id, which they need to find a version's run", async () => {
  const url = `${server.url}/api/2.0/mlflow/experiments/get?experiment_id=0`;
  const asked = await fetch(url, { headers: { "user-agent": "unknown/0.0.0 databricks-sdk-py/0.156.0" } });
  expect(asked.headers.get("x-databricks-org-id")).toBe("0");
  expect((await fetch(url)).headers.has("x-databricks-org-id")).toBe(false);
});
