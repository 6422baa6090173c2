import { beforeAll, expect, test } from "vitest";
import type { TrackingStore } from "../tracking/tracking-store.ts";
import { failure, makeRun, metric, texts } from "./helpers.ts";

export function loggedModelTests(tracking: () => TrackingStore): void {
  test("keeps all fields", async () => {
    const experimentId = await tracking().createExperiment({ name: "models" });
    const model = await tracking().createLoggedModel({
      experimentId,
      name: "forest",
      modelType: "sklearn",
      sourceRunId: "r",
      tags: texts({ t: "1" }),
      params: texts({ p: "2" }),
    });
    expect(model).toMatchObject({
      modelId: expect.stringMatching(/^m-[0-9a-f]{32}$/),
      experimentId,
      name: "forest",
      modelType: "sklearn",
      sourceRunId: "r",
      status: "LOGGED_MODEL_PENDING",
      artifactUri: `mlflow-artifacts:/${experimentId}/models/${model.modelId}/artifacts`,
      tags: texts({ t: "1" }),
      params: texts({ p: "2" }),
      metrics: [],
    });
    expect(await tracking().getLoggedModel(model.modelId)).toEqual(model);
    const unnamed = await tracking().createLoggedModel({ experimentId });
    expect(unnamed.name).toMatch(/^[a-z]+-[a-z]+-\d+$/);
    expect(await failure(tracking().createLoggedModel({ experimentId, name: "a/b" }))).toContain(
      "Invalid model name ('a/b') provided. Model name must be a non-empty string and cannot contain the following characters:",
    );
  });

  test("can be finalized, tagged, given params and deleted", async () => {
    const { modelId } = await tracking().createLoggedModel({ experimentId: "0" });
    expect((await tracking().finalizeLoggedModel(modelId, "LOGGED_MODEL_READY")).status).toBe(
      "LOGGED_MODEL_READY",
    );
    await tracking().setLoggedModelTags(modelId, texts({ a: "1", b: "2" }));
    await tracking().logLoggedModelParams(modelId, texts({ p: "1" }));
    await tracking().deleteLoggedModelTag(modelId, "a");
    expect(await tracking().getLoggedModel(modelId)).toMatchObject({
      tags: texts({ b: "2" }),
      params: texts({ p: "1" }),
    });
    expect(await failure(tracking().deleteLoggedModelTag(modelId, "a"))).toBe(
      `RESOURCE_DOES_NOT_EXIST: No tag with key 'a' found for model with ID '${modelId}'.`,
    );
    await tracking().deleteLoggedModel(modelId);
    expect(await failure(tracking().getLoggedModel(modelId))).toBe(
      `RESOURCE_DOES_NOT_EXIST: Logged model with ID '${modelId}' not found.`,
    );
  });

  test("get metric values from runs", async () => {
    const { modelId } = await tracking().createLoggedModel({ experimentId: "0" });
    const { info } = await makeRun(tracking(), "0");
    const onTest = { modelId, datasetName: "test", datasetDigest: "d" };
    await tracking().logBatch({
      runId: info.runId,
      metrics: [
        metric("acc", 0.5, { modelId }),
        metric("acc", 0.7, { modelId, step: 1 }),
        metric("acc", 0.6, onTest),
      ],
    });
    expect((await tracking().getLoggedModel(modelId)).metrics).toEqual([
      metric("acc", 0.7, { modelId, step: 1, runId: info.runId }),
      metric("acc", 0.6, { ...onTest, runId: info.runId }),
    ]);
    await tracking().logLoggedModelParams(modelId, [{ key: "p", value: "1" }]);
    await tracking().logLoggedModelParams(modelId, [{ key: "p", value: "1" }]);
    expect(await failure(tracking().logLoggedModelParams(modelId, [{ key: "p", value: "2" }]))).toContain(
      "Changing param values is not allowed. Param with key='p' was already logged with value='1'",
    );
    expect(await failure(tracking().logMetric(info.runId, metric("x", 1, { modelId: "m-none" })))).toContain(
      "Logged model with ID 'm-none' not found.",
    );
    expect((await tracking().getMetricHistory({ runId: info.runId, metricKey: "x" })).items).toEqual([]);
  });

  searchTests(tracking);
}

function searchTests(tracking: () => TrackingStore): void {
  let experimentId = "";
  beforeAll(async () => {
    experimentId = await tracking().createExperiment({ name: "searched models" });
    const { info } = await makeRun(tracking(), experimentId);
    for (const [name, acc] of [
      ["a", 0.5],
      ["b", 0.9],
      ["c", undefined],
    ] as const) {
      const { modelId } = await tracking().createLoggedModel({
        experimentId,
        name,
        params: texts({ lr: name }),
      });
      if (acc === undefined) continue;
      await tracking().logMetric(info.runId, metric("acc", acc, { modelId, datasetName: `data-${name}` }));
    }
  });

  const search = async (input: object): Promise<string> => {
    const names: string[] = [];
    let pageToken: string | undefined;
    do {
      const page = await tracking().searchLoggedModels({
        experimentIds: [experimentId],
        orderBy: [{ fieldName: "name", ascending: true }],
        ...input,
        pageToken,
      });
      names.push(...page.items.map(({ name }) => name));
      pageToken = page.nextPageToken;
    } while (pageToken !== undefined);
    return names.join("");
  };

  test.each([
    [{}, "abc"],
    [{ maxResults: 2 }, "abc"],
    [{ filter: "name = 'a'" }, "a"],
    [{ filter: "name IN ('a', 'c')" }, "ac"],
    [{ filter: "metrics.acc > 0.6" }, "b"],
    [{ filter: "metrics.acc > 0.4", datasets: [{ datasetName: "data-a" }] }, "a"],
    [{ datasets: [{ datasetName: "data-b" }] }, "b"],
    [{ filter: "params.lr LIKE 'c%'" }, "c"],
    [{ filter: "creation_timestamp > 5 AND NOT name = 'b'" }, "ac"],
    [{ orderBy: [{ fieldName: "metrics.acc", ascending: false }] }, "bac"],
    [{ orderBy: [{ fieldName: "metrics.acc", ascending: true }], maxResults: 1 }, "abc"],
  ])("searches by %j", async (input, expected) => {
    expect(await search(input)).toBe(expected);
  });
}
