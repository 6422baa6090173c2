import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startTestServer, type TestServer } from "../testing/test-server.ts";

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.close());

const HOME = "/Users/me@example.com";
const SDK = { "user-agent": "unknown/0.0.0 databricks-sdk-py/0.156.0", authorization: "Bearer x" };
const OLD = { "user-agent": "mlflow-python-client/1.30.1" };

async function post(path: string, body: object, headers: Record<string, string> = {}): Promise<Response> {
  return await fetch(`${server.url}/api/2.0/${path}`, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: JSON.stringify(body),
  });
}

async function createExperiment(fields: object, headers?: Record<string, string>): Promise<string[]> {
  const created = await post("mlflow/experiments/create", fields, headers);
  const { experiment_id: id } = (await created.json()) as { experiment_id: string }; // The response of the call.
  const { experiment }: { experiment: { artifact_location: string } } = (
    await server.call("GET", `experiments/get?experiment_id=${id}`)
  ).json;
  return [id, experiment.artifact_location];
}

async function get(call: "list" | "get-status", path: string): Promise<Record<string, never>> {
  const query = new URLSearchParams({ path }).toString();
  const answer = await fetch(`${server.url}/api/2.0/workspace/${call}?${query}`);
  return (await answer.json()) as Record<string, never>; // Each test names the fields that it expects.
}

describe("the artifact location of a new experiment", () => {
  test("is below DBFS for clients of a workspace, and behind the proxy for all others", async () => {
    const [id, location] = await createExperiment({ name: `${HOME}/by-sdk` }, SDK);
    expect(location).toBe(`dbfs:/databricks/mlflow/${id}`);
    const [oldId, old] = await createExperiment(
      { name: `${HOME}/by-1.x` },
      { ...OLD, authorization: "Bearer x" },
    );
    expect(old).toBe(`dbfs:/databricks/mlflow/${oldId}`);
    const [openId, open] = await createExperiment({ name: `${HOME}/by-open` }, OLD);
    expect(open).toBe(`mlflow-artifacts:/${openId}`);
  });

  test("is the one that the client gives; for one of the two roots, a folder below it", async () => {
    const named = { name: "named", artifact_location: "dbfs:/mine" };
    expect((await createExperiment(named, SDK))[1]).toBe("dbfs:/mine");
    const root = "dbfs:/databricks/mlflow-tracking";
    const [id, location] = await createExperiment({ name: "modern", artifact_location: root });
    expect(location).toBe(`${root}/${id}`);
  });

  test("is below the root that the operator chose", async () => {
    const workspaceArtifactRoot = "dbfs:/databricks/mlflow-tracking";
    const modern = await startTestServer({ workspaceArtifactRoot });
    try {
      const headers = { "content-type": "application/json", ...SDK };
      const url = `${modern.url}/api/2.0/mlflow/experiments/create`;
      await fetch(url, { method: "POST", headers, body: JSON.stringify({ name: "x" }) });
      const answer: { experiment: { artifact_location: string } } = (
        await modern.call("GET", "experiments/get-by-name?experiment_name=x")
      ).json;
      expect(answer.experiment.artifact_location).toBe(`${workspaceArtifactRoot}/1`);
    } finally {
      await modern.close();
    }
    await expect(startTestServer({ workspaceArtifactRoot: "s3://bucket" })).rejects.toThrow(
      "must be dbfs:/databricks/mlflow or dbfs:/databricks/mlflow-tracking, got 's3://bucket'",
    );
  });
});

describe("the tree", () => {
  test("has created folders, folders implied by names, and experiments", async () => {
    await post("workspace/mkdirs", { path: "/Shared/made/deep" });
    const [id] = await createExperiment({ name: "/Shared/implied/airline" });
    expect((await get("list", "/Shared"))["objects"]).toMatchObject([
      { object_type: "DIRECTORY", path: "/Shared/implied" },
      { object_type: "DIRECTORY", path: "/Shared/made" },
    ]);
    const object = { object_type: "MLFLOW_EXPERIMENT", path: "/Shared/implied/airline", resource_id: id };
    expect((await get("list", "/Shared/implied"))["objects"]).toMatchObject([object]);
    expect((await get("list", "/Shared/implied/airline"))["objects"]).toMatchObject([object]);
    expect(await get("get-status", "/Shared/implied/airline")).toMatchObject(object);
    const folder = await get("get-status", "/Shared/made");
    expect(folder).toMatchObject({ object_type: "DIRECTORY", object_id: expect.any(Number) });
    expect(await get("get-status", "/Shared/made")).toEqual(folder);
    expect(await get("get-status", "/")).toMatchObject({ object_type: "DIRECTORY", path: "/" });
  });

  test("absent and relative paths are refused", async () => {
    for (const call of ["list", "get-status"] as const) {
      expect(await get(call, "/none")).toMatchObject({ error_code: "RESOURCE_DOES_NOT_EXIST" });
      for (const path of ["relative", "/../x", "/a/\\..\\x"]) {
        expect(await get(call, path)).toMatchObject({ error_code: "INVALID_PARAMETER_VALUE" });
      }
    }
  });

  test("a folder and an experiment cannot have the same path", async () => {
    await createExperiment({ name: "/Shared/taken" });
    const made = await post("workspace/mkdirs", { path: "/Shared/taken" });
    expect(await made.json()).toMatchObject({ error_code: "RESOURCE_ALREADY_EXISTS" });
  });

  test("is deleted with its content only with recursive", async () => {
    await post("workspace/mkdirs", { path: "/gone/deep" });
    const [id] = await createExperiment({ name: "/gone/deep/airline" });
    expect((await post("workspace/delete", { path: "/gone" })).status).toBe(400);
    expect((await post("workspace/delete", { path: "/" })).status).toBe(400);
    expect((await post("workspace/delete", { path: "/gone", recursive: true })).status).toBe(200);
    expect(await get("get-status", "/gone")).toMatchObject({ error_code: "RESOURCE_DOES_NOT_EXIST" });
    const { experiment }: { experiment: { lifecycle_stage: string } } = (
      await server.call("GET", `experiments/get?experiment_id=${id}`)
    ).json;
    expect(experiment.lifecycle_stage).toBe("deleted");
  });
});

describe("the registry in the workspace's dialect", () => {
  test("lists a version's files, signs their URLs, and moves it to a stage", async () => {
    await fetch(`${server.url}/dbfs/models/m/MLmodel`, { method: "POST", body: "flavors" });
    await server.call("POST", "registered-models/create", { name: "m" });
    const source = "dbfs:/models/m";
    const created = await post("preview/mlflow/model-versions/create", { name: "m", source });
    expect(created.status).toBe(200);
    const list = await server.call("GET", "model-versions/list-artifacts?name=m&version=1&path=");
    expect(list.json).toMatchObject({ root_uri: source, files: [{ path: "MLmodel", file_size: 7 }] });
    const signed: { signed_uri: string } = (
      await server.call("GET", "model-versions/get-signed-download-uri?name=m&version=1&path=MLmodel")
    ).json;
    expect(await (await fetch(signed.signed_uri)).text()).toBe("flavors");
    const model = await server.call("GET", "databricks/registered-models/get?name=m");
    expect(model.json).toMatchObject({ registered_model_databricks: { id: "m", name: "m" } });
    const stage = { name: "m", version: "1", stage: "Production", archive_existing_versions: true };
    const moved = await post("mlflow/databricks/model-versions/transition-stage", stage);
    expect(await moved.json()).toMatchObject({ model_version_databricks: { current_stage: "Production" } });
  });
});
