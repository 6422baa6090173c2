import { startTestServer, type TestServer } from "@flightdeck/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { MlflowClient } from "./mlflow-client.ts";

let server: TestServer;
let client: MlflowClient;
let experimentId: string;

beforeAll(async () => {
  server = await startTestServer();
  client = new MlflowClient({ trackingUri: server.url });
  experimentId = await client.createExperiment({ name: "base" });
});

afterAll(() => server.close());

async function newRun(runName: string, metric = 0): Promise<string> {
  const { info } = await client.createRun({ experimentId, runName, startTimeMs: 1000 + metric });
  await client.logMetric(info.runId, { key: "m", value: metric, timestampMs: 1, step: 0 });
  return info.runId;
}

describe("experiments", () => {
  test("are created, found, renamed, tagged, deleted and restored", async () => {
    const id = await client.createExperiment({ name: "one", tags: [{ key: "a", value: "1" }] });
    await client.renameExperiment(id, "uno");
    await client.setExperimentTag(id, { key: "b", value: "2" });
    expect(await client.getExperimentByName("uno")).toMatchObject({
      experimentId: id,
      lifecycleStage: "active",
      tags: [
        { key: "a", value: "1" },
        { key: "b", value: "2" },
      ],
    });
    expect(await client.findExperimentByName("one")).toBeUndefined();
    await client.deleteExperiment(id);
    expect((await client.getExperiment(id)).lifecycleStage).toBe("deleted");
    await client.restoreExperiment(id);
    expect((await client.getExperiment(id)).lifecycleStage).toBe("active");
  });

  test("are searched page by page and all at once", async () => {
    for (const name of ["page-1", "page-2", "page-3"]) await client.createExperiment({ name });
    const input = { filter: "name LIKE 'page-%'", orderBy: ["name ASC"], maxResults: 2 };
    const page = await client.searchExperiments(input);
    expect(page.items.map(({ name }) => name)).toEqual(["page-1", "page-2"]);
    const all = await Array.fromAsync(client.searchExperimentsAll(input));
    expect(all.map(({ name }) => name)).toEqual(["page-1", "page-2", "page-3"]);
  });
});

describe("runs", () => {
  test("are created, logged to, read, deleted and restored", async () => {
    const { info } = await client.createRun({ experimentId, runName: "r", tags: [{ key: "t", value: "1" }] });
    const { runId } = info;
    await client.logParam(runId, { key: "p", value: "1" });
    await client.setTag(runId, { key: "u", value: "2" });
    await client.deleteTag(runId, "t");
    await client.logMetric(runId, { key: "m", value: Number.NEGATIVE_INFINITY, timestampMs: 5, step: -1 });
    const ended = await client.updateRun({ runId, status: "FINISHED", endTimeMs: 9, runName: "renamed" });
    expect(ended).toMatchObject({ runId, status: "FINISHED", endTimeMs: 9, runName: "renamed" });
    const { data } = await client.getRun(runId);
    expect(data.params).toEqual([{ key: "p", value: "1" }]);
    expect(data.metrics).toEqual([{ key: "m", value: Number.NEGATIVE_INFINITY, timestampMs: 5, step: -1 }]);
    expect(data.tags.map(({ key }) => key)).not.toContain("t");
    await client.deleteRun(runId);
    expect((await client.getRun(runId)).info.lifecycleStage).toBe("deleted");
    await client.restoreRun(runId);
    expect((await client.getRun(runId)).info.lifecycleStage).toBe("active");
  });

  test("are searched by filter, order and page", async () => {
    for (const metric of [1, 2, 3, 4]) await newRun(`searched-${metric}`, metric);
    const input = {
      experimentIds: [experimentId],
      filter: "metrics.m > 1 and attributes.run_name LIKE 'searched-%'",
      orderBy: ["metrics.m DESC"],
      maxResults: 2,
    };
    const runs = await Array.fromAsync(client.searchRunsAll(input));
    expect(runs.map(({ info }) => info.runName)).toEqual(["searched-4", "searched-3", "searched-2"]);
    await expect(client.searchRuns({ ...input, filter: "metrics.m >" })).rejects.toMatchObject({
      code: "INVALID_PARAMETER_VALUE",
    });
  });

  test("record their datasets and models", async () => {
    const runId = await newRun("inputs");
    const dataset = { name: "flights", digest: "d", sourceType: "local", source: "{}" };
    await client.logInputs({ runId, datasets: [{ dataset, tags: [{ key: "context", value: "train" }] }] });
    const model = await client.createLoggedModel({ experimentId, sourceRunId: runId });
    await client.logOutputs(runId, [{ modelId: model.modelId, step: 2 }]);
    const run = await client.getRun(runId);
    expect(run.inputs.datasetInputs).toMatchObject([{ dataset, tags: [{ key: "context", value: "train" }] }]);
    expect(run.outputs.modelOutputs).toEqual([{ modelId: model.modelId, step: 2 }]);
  });

  test("return a metric's history, complete or sampled", async () => {
    const runId = await newRun("history");
    const metrics = Array.from({ length: 300 }, (_, step) => ({
      key: "loss",
      value: step,
      timestampMs: 1,
      step,
    }));
    await client.logBatch({ runId, metrics });
    const page = await client.getMetricHistory({ runId, metricKey: "loss", maxResults: 100 });
    expect(page.items).toEqual(metrics.slice(0, 100));
    expect(
      await Array.fromAsync(client.getMetricHistoryAll({ runId, metricKey: "loss", maxResults: 100 })),
    ).toEqual(metrics);
    const thinned = await client.getMetricHistoryBulkInterval({
      runIds: [runId],
      metricKey: "loss",
      maxResults: 10,
    });
    expect(thinned.length).toBeLessThan(50);
    expect(thinned[0]).toEqual({ ...metrics[0], runId });
    expect(thinned.at(-1)).toEqual({ ...metrics.at(-1), runId });
  });
});

describe("logged models", () => {
  test("are created, described, finalized, listed and deleted", async () => {
    const runId = await newRun("models");
    const { modelId, status, artifactUri } = await client.createLoggedModel({
      experimentId,
      name: "m",
      sourceRunId: runId,
      params: [{ key: "p", value: "1" }],
    });
    expect({ status, artifactUri }).toEqual({
      status: "LOGGED_MODEL_PENDING",
      artifactUri: `mlflow-artifacts:/${experimentId}/models/${modelId}/artifacts`,
    });
    await client.setLoggedModelTags(modelId, [{ key: "a/b", value: "1" }]);
    await client.logLoggedModelParams(modelId, [{ key: "q", value: "2" }]);
    await fetch(client.artifactUrl(artifactUri, "MLmodel"), { method: "PUT", body: "flavors: {}" });
    const finalized = await client.finalizeLoggedModel(modelId, "LOGGED_MODEL_READY");
    expect(finalized).toMatchObject({
      status: "LOGGED_MODEL_READY",
      params: [
        { key: "p", value: "1" },
        { key: "q", value: "2" },
      ],
      tags: [{ key: "a/b", value: "1" }],
    });
    expect((await client.listLoggedModelArtifacts({ modelId })).items).toEqual([
      { path: "MLmodel", isDir: false, fileSizeBytes: 11 },
    ]);
    await client.deleteLoggedModelTag(modelId, "a/b");
    expect((await client.getLoggedModel(modelId)).tags).toEqual([]);
    const found = await Array.fromAsync(
      client.searchLoggedModelsAll({ experimentIds: [experimentId], filter: "name = 'm'" }),
    );
    expect(found.map((model) => model.modelId)).toEqual([modelId]);
    await client.deleteLoggedModel(modelId);
    await expect(client.getLoggedModel(modelId)).rejects.toMatchObject({ code: "RESOURCE_DOES_NOT_EXIST" });
  });
});

describe("artifacts", () => {
  test("are listed by folder", async () => {
    const runId = await newRun("artifacts");
    const { artifactUri } = (await client.getRun(runId)).info;
    await fetch(client.artifactUrl(artifactUri, "notes/a.txt"), { method: "PUT", body: "hi" });
    expect(await client.listArtifacts({ runId })).toEqual({
      rootUri: artifactUri,
      items: [{ path: "notes", isDir: true }],
    });
    expect((await client.listArtifacts({ runId, path: "notes" })).items).toEqual([
      { path: "notes/a.txt", isDir: false, fileSizeBytes: 2 },
    ]);
  });
});

describe("registry", () => {
  test("models are created, described, tagged, renamed, searched and deleted", async () => {
    await client.createRegisteredModel({
      name: "reg",
      description: "first",
      tags: [{ key: "a", value: "1" }],
    });
    await expect(client.createRegisteredModel({ name: "reg" })).rejects.toMatchObject({
      code: "RESOURCE_ALREADY_EXISTS",
    });
    await client.updateRegisteredModel("reg", "second");
    await client.setRegisteredModelTag("reg", { key: "b", value: "2" });
    await client.deleteRegisteredModelTag("reg", "a");
    await client.renameRegisteredModel("reg", "renamed");
    expect(await client.getRegisteredModel("renamed")).toMatchObject({
      description: "second",
      tags: [{ key: "b", value: "2" }],
    });
    const found = await Array.fromAsync(client.searchRegisteredModelsAll({ filter: "name LIKE 'ren%'" }));
    expect(found.map(({ name }) => name)).toEqual(["renamed"]);
    await client.deleteRegisteredModel("renamed");
    await expect(client.getRegisteredModel("renamed")).rejects.toMatchObject({
      code: "RESOURCE_DOES_NOT_EXIST",
    });
  });

  test("versions are numbered, change stages, and have tags and aliases", async () => {
    const { modelId, artifactUri } = await client.createLoggedModel({ experimentId, name: "v" });
    await client.createRegisteredModel({ name: "versioned" });
    const source = `models:/${modelId}`;
    const first = await client.createModelVersion({ name: "versioned", source, modelId });
    const second = await client.createModelVersion({ name: "versioned", source, modelId, description: "d" });
    expect([first.version, second.version]).toEqual(["1", "2"]);
    expect(await client.getModelVersionDownloadUri(first)).toBe(artifactUri);
    await client.transitionModelVersionStage({ ...first, stage: "Production" });
    await client.transitionModelVersionStage({
      ...second,
      stage: "Production",
      archiveExistingVersions: true,
    });
    expect((await client.getModelVersion(first)).currentStage).toBe("Archived");
    const latest = await client.getLatestVersions("versioned", ["Production"]);
    expect(latest.map(({ version }) => version)).toEqual(["2"]);
    await client.setRegisteredModelAlias(first, "champion");
    expect((await client.getModelVersionByAlias("versioned", "champion")).version).toBe("1");
    await client.deleteRegisteredModelAlias("versioned", "champion");
    await expect(client.getModelVersionByAlias("versioned", "champion")).rejects.toMatchObject({
      code: expect.stringMatching(/INVALID_PARAMETER_VALUE|RESOURCE_DOES_NOT_EXIST/),
    });
    await client.setModelVersionTag(first, { key: "a", value: "1" });
    await client.updateModelVersion(first, "described");
    expect(await client.getModelVersion(first)).toMatchObject({
      description: "described",
      tags: [{ key: "a", value: "1" }],
    });
    await client.deleteModelVersionTag(first, "a");
    const found = await Array.fromAsync(client.searchModelVersionsAll({ filter: "name = 'versioned'" }));
    expect(found.map(({ version }) => version).toSorted()).toEqual(["1", "2"]);
    await client.deleteModelVersion(second);
    await expect(client.getModelVersion(second)).rejects.toMatchObject({ code: "RESOURCE_DOES_NOT_EXIST" });
  });
});
