import { MlflowClient } from "@flightdeck/client/browser";
import { startTestServer, type TestServer } from "@flightdeck/testkit";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { importWorkspace } from "../run/import-workspace.ts";
import { openTarget, type TestTarget } from "../testing/open-target.ts";
import { openSource } from "../open-source.ts";

let server: TestServer;
let target: TestTarget;
let runId: string;
beforeAll(async () => {
  server = await startTestServer();
  runId = await fill(new MlflowClient({ trackingUri: server.url }));
});
afterAll(() => server.close());
beforeEach(async () => {
  target = await openTarget();
});
afterEach(() => target.close());

test("a server is imported completely, by one import or several", async () => {
  const source = await openSource(server.url);
  const first = await importWorkspace(source, target);
  expect(first.target).toEqual(first.source);
  expect(first.source).toEqual({
    experiments: 2,
    runs: 3,
    params: 1,
    tags: 5,
    "metric points": 502,
    "dataset inputs": 1,
    "logged models": 1,
    "registered models": 1,
    "model versions": 2,
    "artifact files": 2,
  });
  expect(await importWorkspace(source, target)).toEqual(first);
  const { tracking, registry } = target.store;
  const client = new MlflowClient({ trackingUri: server.url });
  expect(await tracking.getRun(runId)).toEqual(await client.getRun(runId));
  const loss = { runId, metricKey: "loss" };
  expect((await tracking.getMetricHistory(loss)).items).toEqual((await client.getMetricHistory(loss)).items);
  const { latestVersions: _, ...model } = await client.getRegisteredModel("it's ours");
  expect(await registry.getRegisteredModel("it's ours")).toMatchObject(model);
  const [version] = (await registry.searchModelVersions({ filter: "version_number = 2" })).items;
  expect(version).toEqual(await client.getModelVersion({ name: "it's ours", version: "2" }));
  const { stream } = await target.artifacts.read(`1/${runId}/artifacts/notes/a.txt`);
  expect((await stream.toArray()).join("")).toBe("hello");
});

test("rejects a server that is not a tracking server at once, without retries", async () => {
  const other = createServer((_, response) => response.end("<html>Welcome</html>")).listen(0, "127.0.0.1");
  await once(other, "listening");
  const { port } = other.address() as AddressInfo; // A TCP server's address is an object.
  const url = `http://127.0.0.1:${port}`;
  await expect(openSource(url)).rejects.toThrow(`${url} does not respond like an MLflow tracking server`);
  await new Promise((resolve) => other.close(resolve));
  await expect(openSource(url)).rejects.toMatchObject({ code: "TEMPORARILY_UNAVAILABLE" });
});

/** Fills the server with test data. Returns the id of the run that has all kinds of data. */
async function fill(client: MlflowClient): Promise<string> {
  const experimentId = await client.createExperiment({ name: "airline" });
  const { info } = await client.createRun({ experimentId, runName: "all", startTimeMs: 1000 });
  const metrics = Array.from({ length: 500 }, (_, step) => ({
    key: "loss",
    value: step / 7,
    timestampMs: step,
    step,
  }));
  await client.logBatch({
    runId: info.runId,
    metrics,
    params: [{ key: "a/b", value: "1" }],
    tags: [{ key: "t", value: "" }],
  });
  await client.logMetric(info.runId, { key: "nan", value: Number.NaN, timestampMs: 1, step: 0 });
  const dataset = { name: "flights", digest: "d", sourceType: "local", source: "{}" };
  await client.logInputs({
    runId: info.runId,
    datasets: [{ dataset, tags: [{ key: "context", value: "train" }] }],
  });
  await put(client, info.artifactUri, "notes/a.txt");
  const model = await client.createLoggedModel({ experimentId, name: "m", sourceRunId: info.runId });
  await put(client, model.artifactUri, "MLmodel");
  await client.finalizeLoggedModel(model.modelId, "LOGGED_MODEL_READY");
  const measured = { value: 0.5, timestampMs: 2, step: 0, modelId: model.modelId };
  await client.logMetric(info.runId, { key: "auc", ...measured });
  await client.updateRun({ runId: info.runId, status: "FINISHED", endTimeMs: 2000 });
  const deleted = await client.createRun({
    experimentId,
    runName: "deleted",
    tags: [{ key: "d", value: "1" }],
  });
  await client.deleteRun(deleted.info.runId);
  await client.createRun({ experimentId: "0", runName: "open" });
  const name = "it's ours";
  await client.createRegisteredModel({ name, description: "d", tags: [{ key: "a", value: "1" }] });
  await client.createModelVersion({ name, source: `${info.artifactUri}/notes`, runId: info.runId });
  await client.createModelVersion({ name, source: `models:/${model.modelId}`, modelId: model.modelId });
  await client.setRegisteredModelAlias({ name, version: "2" }, "champion");
  return info.runId;
}

async function put(client: MlflowClient, artifactUri: string, path: string): Promise<void> {
  const response = await fetch(client.artifactUrl(artifactUri, path), { method: "PUT", body: "hello" });
  expect(response.status).toBe(200);
}
