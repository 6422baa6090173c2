import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startTestServer, type TestServer } from "../testing/test-server.ts";

let server: TestServer;
let runId: string;
let modelId: string;
const OTHER = "0".repeat(32);

beforeAll(async () => {
  server = await startTestServer();
  const { run }: { run: { info: { run_id: string } } } = (
    await server.call("POST", "runs/create", { experiment_id: "0" })
  ).json;
  runId = run.info.run_id;
  const { model }: { model: { info: { model_id: string } } } = (
    await server.call("POST", "logged-models", { experiment_id: "0", name: "m", source_run_id: runId })
  ).json;
  modelId = model.info.model_id;
  await server.call("POST", "registered-models/create", { name: "airline" });
});
afterAll(() => server.close());

type Version = { name: string; version: string; source: string; run_id: string; model_id?: string };

async function register(
  fields: object,
): Promise<{ readonly status: number; readonly body: string; version: Version }> {
  const body = { name: "airline", ...fields };
  const answer = await server.call("POST", "model-versions/create", body);
  return { ...answer, version: (answer.json as { model_version: Version }).model_version };
}

async function downloadUri({ name, version }: Version): Promise<string> {
  const query = `name=${name}&version=${version}`;
  const answer = await server.call("GET", `model-versions/get-download-uri?${query}`);
  return (answer.json as { artifact_uri: string }).artifact_uri;
}

describe("a source of the run or model that the request names", () => {
  test("a version of a logged model gets its run, and the logged model lists the version", async () => {
    const { version } = await register({ source: `models:/${modelId}`, model_id: modelId });
    expect(version).toMatchObject({ run_id: runId, model_id: modelId });
    expect(await downloadUri(version)).toBe(`mlflow-artifacts:/0/models/${modelId}/artifacts`);
    const { model }: { model: { info: { tags: { key: string; value: string }[] } } } = (
      await server.call("GET", `logged-models/${modelId}`)
    ).json;
    const tag = model.info.tags.find(({ key }) => key === "mlflow.modelVersions");
    expect(JSON.parse(tag?.value ?? "")).toEqual([{ name: "airline", version: Number(version.version) }]);
  });

  test("a version of another version has the same files, run and model", async () => {
    const { version: first } = await register({ source: `models:/${modelId}`, model_id: modelId });
    await server.call("POST", "registered-models/alias", { ...first, alias: "champion" });
    for (const source of [
      `models:/airline/${first.version}`,
      "models:/airline@champion",
      "models:/airline/latest",
    ]) {
      const { version } = await register({ source });
      expect(version).toMatchObject({ run_id: runId, model_id: modelId });
      expect(await downloadUri(version)).toBe(`mlflow-artifacts:/0/models/${modelId}/artifacts`);
    }
  });

  test("a run's folder is accepted as a runs: URI or as its location", async () => {
    const byRun = await register({ source: `runs:/${runId}/model`, run_id: runId });
    expect(await downloadUri(byRun.version)).toBe(`mlflow-artifacts:/0/${runId}/artifacts/model`);
    const place = `mlflow-artifacts:/0/${runId}/artifacts/model`;
    const byPlace = await register({ source: place, run_id: runId });
    expect(await downloadUri(byPlace.version)).toBe(place);
  });

  test.each([
    "s3://bucket/model",
    "dbfs:/databricks/mlflow/1/model",
    "gs://bucket/model",
    "https://host/model",
  ])("%s is in storage that clients access directly", async (source) => {
    const { status, version } = await register({ source });
    expect(status).toBe(200);
    expect(await downloadUri(version)).toBe(source);
  });
});

describe("any other source", () => {
  test.each<[string, () => object]>([
    ["the file system", () => ({ source: "/etc" })],
    ["the file system, with a run", () => ({ source: "file:///etc", run_id: runId })],
    ["the file system, with a model", () => ({ source: "/etc/passwd", model_id: modelId })],
    ["a relative path", () => ({ source: "model" })],
    [
      "a path outside of a run",
      () => ({ source: `mlflow-artifacts:/0/${runId}/artifacts/../../../x`, run_id: runId }),
    ],
    [
      "an encoded path outside of a run",
      () => ({ source: `mlflow-artifacts:/0/${runId}/%2e%2e/%2e%2e/x`, run_id: runId }),
    ],
    ["a path outside of the bucket, encoded twice", () => ({ source: "s3://bucket/%252e%252e/x" })],
    ["a path outside of DBFS", () => ({ source: "dbfs:/a/../../etc" })],
    ["NUL", () => ({ source: "s3://bucket/x%00" })],
    ["another run", () => ({ source: `runs:/${OTHER}/model`, run_id: runId })],
    ["a run that is not named", () => ({ source: `runs:/${runId}/model` })],
    ["an absent run", () => ({ source: `mlflow-artifacts:/0/${OTHER}/artifacts`, run_id: OTHER })],
    ["another run's location", () => ({ source: `mlflow-artifacts:/0/${OTHER}/artifacts`, run_id: runId })],
    [
      "a location next to the run's",
      () => ({ source: `mlflow-artifacts:/0/${runId}/artifacts-2`, run_id: runId }),
    ],
    ["the proxy's root", () => ({ source: "mlflow-artifacts:/" })],
    ["a proxy's URL", () => ({ source: "http://h/api/2.0/mlflow-artifacts/artifacts/0" })],
    ["a model that is not named", () => ({ source: `models:/${modelId}` })],
    ["another model", () => ({ source: `models:/m-${OTHER}`, model_id: modelId })],
    ["a run, with a model named", () => ({ source: `runs:/${runId}/model`, model_id: modelId })],
    ["another registry", () => ({ source: "models://profile/airline/1" })],
    ["an unknown scheme", () => ({ source: "ftp://host/model" })],
    ["a script", () => ({ source: "javascript:alert(1)" })],
  ])("%s is refused, and nothing is registered", async (_name, fields) => {
    const before = await server.call("GET", "model-versions/search");
    const { status, body } = await register(fields());
    expect([status, JSON.parse(body).error_code]).toEqual([400, "INVALID_PARAMETER_VALUE"]);
    expect((await server.call("GET", "model-versions/search")).body).toBe(before.body);
  });

  test("the messages are MLflow's", async () => {
    expect((await register({ source: "/etc" })).body).toContain(
      "To use a local path as a model version source, the run_id request parameter has to be specified",
    );
    expect((await register({ source: "dbfs:/a/../b" })).body).toContain(
      "without relative path references present",
    );
  });

  test("a version of another version cannot name another run", async () => {
    const { version } = await register({ source: `models:/${modelId}`, model_id: modelId });
    const { status, body } = await register({ source: `models:/airline/${version.version}`, run_id: OTHER });
    expect([status, body]).toEqual([400, expect.stringContaining("must match the referenced model version")]);
  });
});
