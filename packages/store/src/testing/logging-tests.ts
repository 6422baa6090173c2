import { expect, test } from "vitest";
import type { TrackingStore } from "../tracking/tracking-store.ts";
import { failure, joined, makeRun, metric, texts } from "./helpers.ts";

/** More points than the store sorts before thinning. */
const LONG = 21_000;

export function loggingTests(tracking: () => TrackingStore): void {
  const newRun = async (): Promise<string> => (await makeRun(tracking(), "0")).info.runId;
  const tagsOf = async (runId: string): Promise<unknown> =>
    (await tracking().getRun(runId)).data.tags.filter(({ key }) => key !== "mlflow.runName");

  test("keeps the latest point by step, then timestamp, then value", async () => {
    const runId = await newRun();
    const at = (step: number, timestampMs: number) => ({ step, timestampMs });
    const points = [
      metric("m", 1, at(1, 5)),
      metric("m", 9, at(0, 9)),
      metric("m", 2, at(1, 5)),
      metric("m", 3, at(1, 4)),
    ];
    await tracking().logBatch({ runId, metrics: points });
    expect((await tracking().getRun(runId)).data.metrics).toEqual([metric("m", 2, at(1, 5))]);
    for (const point of points.toReversed()) await tracking().logMetric(runId, point);
    expect((await tracking().getRun(runId)).data.metrics).toEqual([metric("m", 2, at(1, 5))]);
    await tracking().logMetric(runId, metric("m", -1, at(-2, 0)));
    expect((await tracking().getMetricHistory({ runId, metricKey: "m" })).items).toEqual([
      metric("m", -1, at(-2, 0)),
      metric("m", 3, at(1, 4)),
      metric("m", 1, at(1, 5)),
      metric("m", 2, at(1, 5)),
      metric("m", 9, at(0, 9)),
    ]);
  });

  test("keeps every double", async () => {
    const runId = await newRun();
    const values = [Number.NaN, Infinity, -Infinity, 5e-324, Number.MAX_VALUE, 0.1, 2 ** 53];
    await tracking().logBatch({ runId, metrics: values.map((value, index) => metric(`v${index}`, value)) });
    expect((await tracking().getRun(runId)).data.metrics.map(({ value }) => value)).toEqual(values);
    const history = await tracking().getMetricHistory({ runId, metricKey: "v0" });
    expect(history.items).toEqual([metric("v0", Number.NaN)]);
  });

  test("pages through a history", async () => {
    const runId = await newRun();
    const points = Array.from({ length: 25 }, (_, step) => metric("m", step, { step, timestampMs: step }));
    await tracking().logBatch({ runId, metrics: points });
    const pages: number[][] = [];
    let pageToken: string | undefined;
    do {
      const page = await tracking().getMetricHistory({
        runId,
        metricKey: "m",
        maxResults: 10,
        pageToken,
      });
      pages.push(page.items.map(({ step }) => step));
      pageToken = page.nextPageToken;
      await tracking().logMetric(runId, metric("m", -1, { step: -1 })); // Sorts before what was already read.
    } while (pageToken !== undefined);
    expect(pages.flat()).toEqual(points.map(({ step }) => step));
    expect(pages.map((page) => page.length)).toEqual([10, 10, 5]);
    const other = (await makeRun(tracking(), "0")).info.runId;
    expect(await tracking().getMetricHistory({ runId: other, metricKey: "m" })).toEqual({ items: [] });
    expect(await tracking().getMetricHistory({ runId: "f".repeat(32), metricKey: "m" })).toEqual({
      items: [],
    });
  });

  test("reads a history in slices that together are the page", async () => {
    const runId = await newRun();
    for (let start = 0; start < 11_000; start += 1000) {
      const metrics = Array.from({ length: 1000 }, (_, index) => metric("m", 1, { step: start + index }));
      await tracking().logBatch({ runId, metrics });
    }
    for (const maxResults of [1, 5000, 10_999, 11_000, undefined]) {
      const input = { runId, metricKey: "m", maxResults };
      const page = await tracking().getMetricHistory(input);
      expect(await joined(tracking().getMetricHistoryInSlices(input))).toEqual(page);
    }
    const unknown = { runId, metricKey: "unknown" };
    expect(await joined(tracking().getMetricHistoryInSlices(unknown))).toEqual({ items: [] });
    const none = { runId, metricKey: "m", maxResults: 0 };
    expect(await failure(joined(tracking().getMetricHistoryInSlices(none)))).toContain("positive integer");
  });

  test("pages past infinities in a history", async () => {
    const runId = await newRun();
    const values = [-Infinity, 0, Infinity];
    await tracking().logBatch({ runId, metrics: values.map((value) => metric("m", value)) });
    const first = await tracking().getMetricHistory({ runId, metricKey: "m", maxResults: 1 });
    const pageToken = first.nextPageToken ?? "";
    const rest = await tracking().getMetricHistory({ runId, metricKey: "m", pageToken });
    expect([...first.items, ...rest.items].map(({ value }) => value)).toEqual(values);
  });

  test("thins histories evenly and keeps the first and last point", async () => {
    const runId = await newRun();
    const metrics = Array.from({ length: 100 }, (_, step) => metric("m", step, { step }));
    await tracking().logBatch({ runId, metrics });
    const thinned = async (maxResults: number, range = {}): Promise<readonly number[]> => {
      const points = await tracking().getMetricHistoryBulkInterval({
        runIds: [runId],
        metricKey: "m",
        maxResults,
        ...range,
      });
      return points.map(({ step }) => step);
    };
    expect(await thinned(100)).toEqual(metrics.map(({ step }) => step));
    expect(await thinned(5)).toEqual([0, 20, 40, 60, 99]);
    expect(await thinned(2)).toEqual([0, 99]);
    expect(await thinned(1)).toEqual([99]);
    expect(await thinned(3, { startStep: 10, endStep: 20 })).toEqual([10, 14, 20]);
    const crowd = Array.from({ length: 50 }, (_, index) => metric("crowd", index, { timestampMs: index }));
    await tracking().logBatch({ runId, metrics: [...crowd, metric("crowd", 9, { step: 1000 })] });
    const points = await tracking().getMetricHistoryBulkInterval({
      runIds: [runId],
      metricKey: "crowd",
      maxResults: 6,
    });
    expect(points.map(({ timestampMs, step }) => [timestampMs, step])).toEqual([
      [0, 0],
      [9, 0],
      [18, 0],
      [27, 0],
      [35, 0],
      [0, 1000],
    ]);
    expect(
      await failure(
        tracking().getMetricHistoryBulkInterval({ runIds: [runId], metricKey: "m", startStep: 1 }),
      ),
    ).toContain("If either start step or end step are specified, both must be specified.");
    expect(await failure(thinned(3, { startStep: 2, endStep: 1 }))).toContain(
      "end_step must be greater than start_step. Found start_step=2 and end_step=1.",
    );
  });

  test.each([
    ["at constant speed", (step: number) => step * 10, 4],
    ["at very different speeds", (step: number) => (step < LONG / 2 ? step : step * 1000), 1],
    ["all at one time", () => 0, 1],
  ])("thins a long history evenly by step: %s", { timeout: 60_000 }, async (_name, timeOf, ratioMax) => {
    const runId = await newRun();
    for (let start = 0; start < LONG; start += 1000) {
      const steps = Array.from({ length: 1000 }, (_, index) => start + index);
      const metrics = steps.map((step) => metric("m", step, { step, timestampMs: timeOf(step) }));
      await tracking().logBatch({ runId, metrics });
    }
    const points = await tracking().getMetricHistoryBulkInterval({
      runIds: [runId],
      metricKey: "m",
      maxResults: 100,
    });
    const found = points.map(({ step }) => step);
    expect([found[0], found.at(-1)]).toEqual([0, LONG - 1]);
    expect(found.length).toBeGreaterThan(50);
    const gaps = found.slice(1).map((step, index) => step - (found[index] ?? 0));
    expect(Math.min(...gaps)).toBeGreaterThan(0);
    expect(Math.max(...gaps)).toBeLessThanOrEqual((ratioMax * LONG) / 100 + LONG / 100);
  });

  test.each([
    ["at constant speed", (step: number) => step * 10],
    ["at very different speeds", (step: number) => (step < LONG / 2 ? step : step * 1000)],
    ["all at one time", () => 0],
    ["with steps out of time order", (step: number) => (step * 7919) % LONG],
  ])("outlines a long history with every peak: %s", { timeout: 60_000 }, async (_name, timeOf) => {
    const runId = await newRun();
    const peaks = new Map([
      [4321, 99],
      [4322, -99],
    ]);
    for (let start = 0; start < LONG; start += 1000) {
      const steps = Array.from({ length: 1000 }, (_, index) => start + index);
      const metrics = steps.map((step) =>
        metric("m", step % 777 === 0 ? Number.NaN : (peaks.get(step) ?? Math.sin(step)), {
          step,
          timestampMs: timeOf(step),
        }),
      );
      await tracking().logBatch({ runId, metrics });
    }
    const outline = (maxResults: number, range = {}) =>
      tracking().getMetricHistoryBulkInterval({
        runIds: [runId],
        metricKey: "m",
        maxResults,
        sampling: "m4",
        ...range,
      });
    const points = await outline(401);
    expect(points.length).toBeGreaterThan(200);
    expect(points.length).toBeLessThanOrEqual(401);
    const steps = points.map(({ step }) => step);
    expect(steps).toEqual(steps.toSorted((a, b) => a - b));
    expect(steps.at(-1)).toBe(LONG - 1);
    for (const [step, value] of peaks)
      expect(points).toContainEqual(expect.objectContaining({ step, value }));

    const near = await outline(101, { startStep: 4000, endStep: 4999 });
    expect(near.length).toBeLessThanOrEqual(101);
    expect(near.every(({ step }) => step >= 4000 && step < 5000)).toBe(true);
    expect(near).toContainEqual(expect.objectContaining({ step: 4321, value: 99 }));
    const few = await outline(401, { startStep: 100, endStep: 199 });
    expect(few.map(({ step }) => step)).toEqual(Array.from({ length: 100 }, (_, index) => 100 + index));
    expect(await outline(1)).toMatchObject([{ step: LONG - 1 }]);
    const onePart = await outline(5);
    for (const [step, value] of peaks) {
      expect(onePart).toContainEqual(expect.objectContaining({ step, value }));
    }
  });

  test("returns the histories of several runs, by run and time", async () => {
    const runIds = [await newRun(), await newRun(), await newRun()].toSorted();
    const at = (step: number, timestampMs: number) => ({ step, timestampMs });
    const points = [metric("m", 1, at(0, 9)), metric("m", 2, at(1, 3)), metric("m", Number.NaN, at(2, 6))];
    for (const runId of runIds.slice(0, 2)) await tracking().logBatch({ runId, metrics: points });
    const bulk = async (maxResults?: number): Promise<readonly unknown[]> => {
      const found = await tracking().getMetricHistoryBulk({
        runIds: [...runIds, runIds[0] ?? "", "f".repeat(32)].toReversed(),
        metricKey: "m",
        maxResults,
      });
      return found.map(({ runId, value }) => [runIds.indexOf(runId), value]);
    };
    const [first, second] = [0, 1].map((run) => [2, Number.NaN, 1].map((value) => [run, value]));
    expect(await bulk()).toEqual([...(first ?? []), ...(second ?? [])]);
    expect(await bulk(5)).toEqual([...(first ?? []), [1, 2], [1, Number.NaN]]);
    expect(await failure(tracking().getMetricHistoryBulk({ runIds: [], metricKey: "m" }))).toBe(
      "INVALID_PARAMETER_VALUE: GetMetricHistoryBulk request must specify at least one run_id.",
    );
    const many = Array.from({ length: 101 }, () => "r");
    expect(await failure(tracking().getMetricHistoryBulk({ runIds: many, metricKey: "m" }))).toBe(
      "INVALID_PARAMETER_VALUE: GetMetricHistoryBulk request cannot specify more than 100 run_ids. Received 101 run_ids.",
    );
  });

  test("summarizes the datasets of an experiment", async () => {
    const experimentId = await tracking().createExperiment({ name: "summed up" });
    const dataset = { name: "flights", digest: "d1", sourceType: "local", source: "x" };
    const uses = [
      { dataset, tags: texts({ "mlflow.data.context": "training" }) },
      { dataset: { ...dataset, name: "weather" }, tags: [] },
    ];
    for (let i = 0; i < 2; i++) {
      const { info } = await makeRun(tracking(), experimentId);
      await tracking().logInputs(info.runId, uses, []);
    }
    const { info } = await makeRun(tracking(), experimentId);
    await tracking().logInputs(info.runId, [{ dataset, tags: texts({ "mlflow.data.context": "eval" }) }], []);
    expect(await tracking().searchDatasets([experimentId, "x", "999999"])).toEqual([
      { experimentId, name: "flights", digest: "d1", context: "eval" },
      { experimentId, name: "flights", digest: "d1", context: "training" },
      { experimentId, name: "weather", digest: "d1" },
    ]);
    expect(await failure(tracking().searchDatasets([]))).toContain("at least one experiment_id");
    const many = Array.from({ length: 21 }, () => "0");
    expect(await failure(tracking().searchDatasets(many))).toContain("more than 20 experiment_ids");
  });

  test("never changes a param", async () => {
    const runId = await newRun();
    await tracking().logParam(runId, { key: "a", value: "1" });
    await tracking().logParam(runId, { key: "a", value: "1" });
    expect(await failure(tracking().logParam(runId, { key: "a", value: "2" }))).toBe(
      `INVALID_PARAMETER_VALUE: Changing param values is not allowed. Param with key='a' was already logged with value='1' for run ID='${runId}'. Attempted logging new value '2'.`,
    );
    expect(await failure(tracking().logBatch({ runId, params: texts({ a: "2", b: "1" }) }))).toBe(
      `INVALID_PARAMETER_VALUE: Changing param values is not allowed. Params were already logged='[{'key': 'a', 'old_value': '1', 'new_value': '2'}]' for run ID='${runId}'.`,
    );
    expect((await tracking().getRun(runId)).data.params).toEqual(texts({ a: "1" }));
    const twice = [...texts({ a: "1" }), ...texts({ a: "1" })];
    expect(await failure(tracking().logBatch({ runId, params: twice }))).toContain(
      "Duplicate parameter keys have been submitted: ['a'].",
    );
  });

  test("sets and deletes tags", async () => {
    const runId = await newRun();
    await tracking().setTag(runId, { key: "k", value: "1" });
    await tracking().logBatch({ runId, tags: [...texts({ k: "2", l: "" }), ...texts({ k: "3" })] });
    expect(await tagsOf(runId)).toEqual(texts({ k: "3", l: "" }));
    await tracking().deleteTag(runId, "k");
    expect(await tagsOf(runId)).toEqual(texts({ l: "" }));
    expect(await failure(tracking().deleteTag(runId, "k"))).toBe(
      `RESOURCE_DOES_NOT_EXIST: No tag with name: k in run with id ${runId}`,
    );
  });

  test("changes nothing when one entry of a batch is invalid", async () => {
    const runId = await newRun();
    await tracking().logParam(runId, { key: "p", value: "1" });
    const batch = {
      runId,
      metrics: [metric("m", 1)],
      params: texts({ p: "2" }),
      tags: texts({ t: "v" }),
    };
    expect(await failure(tracking().logBatch(batch))).toContain("Changing param values is not allowed");
    expect(await failure(tracking().logBatch({ ...batch, params: texts({ "bad?": "" }) }))).toContain(
      "params[0].key",
    );
    const { data } = await tracking().getRun(runId);
    expect(data.metrics).toEqual([]);
    expect(await tagsOf(runId)).toEqual([]);
  });

  test("refuses invalid entries with MLflow's messages", async () => {
    const runId = await newRun();
    const rule =
      "Names may only contain alphanumerics, underscores (_), dashes (-), periods (.), spaces ( ), colon(:) and slashes (/).";
    expect(await failure(tracking().logMetric(runId, metric("a?b", 1)))).toBe(
      `INVALID_PARAMETER_VALUE: Invalid value "a?b" for parameter 'name' supplied: ${rule}`,
    );
    expect(await failure(tracking().logBatch({ runId, metrics: [metric("ok", 1), metric("ü?", 1)] }))).toBe(
      `INVALID_PARAMETER_VALUE: Invalid value "\\u00fc?" for parameter 'metrics[1].name' supplied: ${rule}`,
    );
    expect(await failure(tracking().logParam(runId, { key: "../a", value: "" }))).toBe(
      `INVALID_PARAMETER_VALUE: Invalid value "../a" for parameter 'key' supplied: Names may be treated as files in certain cases, and must not resolve to other names when treated as such. This name would resolve to '../a'`,
    );
    expect(await failure(tracking().setTag(runId, { key: "a//b", value: "" }))).toContain(
      "would resolve to 'a/b'",
    );
    expect(await failure(tracking().logMetric(runId, metric("m", 1, { timestampMs: -1 })))).toContain(
      "Invalid value -1 for parameter 'timestamp' supplied: metric 'm' (value=1.0). Timestamp must be a nonnegative long",
    );
    expect(await failure(tracking().logMetric(runId, metric("k".repeat(251), 1)))).toContain(
      "'Metric name' exceeds the maximum length of 250 characters",
    );
    const many = Array.from({ length: 1001 }, (_, step) => metric("m", 1, { step }));
    expect(await failure(tracking().logBatch({ runId, metrics: many }))).toContain(
      "A batch logging request can contain at most 1000 metrics. Got 1001 metrics.",
    );
    const params = Array.from({ length: 101 }, (_, index) => ({ key: `p${index}`, value: "" }));
    expect(await failure(tracking().logBatch({ runId, params }))).toContain(
      "at most 100 params. Got 101 params.",
    );
    expect(
      await failure(tracking().logBatch({ runId, metrics: many.slice(0, 1000), tags: texts({ a: "b" }) })),
    ).toContain("at most 1000 metrics, params, and tags. Got 1001");
  });

  test("accepts Unicode keys and truncates long values to MLflow's limits", async () => {
    const runId = await newRun();
    await tracking().logParam(runId, { key: "größe/φ: 1", value: "😀".repeat(6001) });
    await tracking().setTag(runId, { key: "t", value: "x".repeat(8001) });
    const { params } = (await tracking().getRun(runId)).data;
    expect(params).toEqual([{ key: "größe/φ: 1", value: "😀".repeat(6000) }]);
    expect(await tagsOf(runId)).toEqual([{ key: "t", value: "x".repeat(8000) }]);
  });

  test("keeps a history of MLmodels in a tag", async () => {
    const runId = await newRun();
    const model = { run_id: runId, artifact_path: "m", flavors: { a: { config: 1, b: 2 } }, signature: {} };
    await tracking().logModelJson(runId, JSON.stringify(model));
    await tracking().logModelJson(runId, JSON.stringify({ ...model, artifact_path: "n" }));
    const tag = (await tracking().getRun(runId)).data.tags.find(
      ({ key }) => key === "mlflow.log-model.history",
    );
    expect(JSON.parse(tag?.value ?? "")).toEqual([
      { run_id: runId, artifact_path: "m", flavors: { a: { b: 2 } } },
      { run_id: runId, artifact_path: "n", flavors: { a: { b: 2 } } },
    ]);
    expect(await failure(tracking().logModelJson(runId, "[]"))).toContain("INVALID_PARAMETER_VALUE");
  });

  test("keeps concurrent writes", async () => {
    const runId = await newRun();
    const steps = Array.from({ length: 200 }, (_, step) => step);
    await Promise.all(steps.map((step) => tracking().logMetric(runId, metric("m", step, { step }))));
    expect((await tracking().getMetricHistory({ runId, metricKey: "m" })).items).toHaveLength(200);
    expect((await tracking().getRun(runId)).data.metrics).toEqual([metric("m", 199, { step: 199 })]);
  });
}
