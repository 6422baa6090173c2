import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { assessmentTests } from "./assessment-tests.ts";
import { failure, makeRun, texts } from "./helpers.ts";
import { searchTracesTests } from "./search-traces-tests.ts";
import {
  batch,
  childOf,
  searchIds,
  span,
  START_MS,
  stored,
  textOf,
  traceIdOf,
  traceInfo,
  type TraceTestStore,
} from "./trace-helpers.ts";

/** Tests that every `TraceStore` must pass. */
export function describeTraceStore(name: string, open: () => Promise<TraceTestStore>): void {
  describe(name, () => {
    let store: TraceTestStore;
    beforeAll(async () => {
      store = await open();
    });
    afterAll(() => store.close());
    const current = (): TraceTestStore => store;
    describe("traces", () => traceTests(current));
    describe("searchTraces", () => searchTracesTests(current));
    describe("assessments", () => assessmentTests(current));
  });
}

function traceTests(store: () => TraceTestStore): void {
  test("keeps all fields of a trace", async () => {
    const { traces } = store();
    const info = traceInfo("tr-kept", {
      state: "ERROR",
      clientRequestId: "c",
      requestPreview: "q",
      responsePreview: "a",
      tags: { b: "2", a: "1" },
      metadata: { m: "1" },
    });
    const started = await traces.startTrace(info);
    expect(started).toEqual({
      ...info,
      traceMetadata: texts({ m: "1", "mlflow.trace.infoFinalized": "true" }),
      tags: texts({
        a: "1",
        b: "2",
        "mlflow.artifactLocation": "mlflow-artifacts:/0/traces/tr-kept/artifacts",
      }),
    });
    expect(await traces.getTraceInfo("tr-kept")).toEqual(started);
    expect(await failure(traces.getTraceInfo("tr-none"))).toBe(
      "RESOURCE_DOES_NOT_EXIST: Trace with ID 'tr-none' not found.",
    );
  });

  test("returns spans unchanged, the root first, then by start time", async () => {
    const { traces } = store();
    const attributes = new Map<string, never>(
      Object.entries({
        text: "ü✓",
        int: 9_007_199_254_740_993n,
        double: 1,
        list: [1n, 1.5, "x", null, new Map([["k", false]])],
        bytes: Uint8Array.of(0, 255),
      }) as [string, never][], // Values of every type.
    );
    const root = span(1, { attributes, startTimeUnixNano: BigInt(START_MS) * 1_000_000n + 7n });
    const links = [{ otelTraceId: "1".repeat(32), spanId: "2".repeat(16), attributes: new Map([["l", 1n]]) }];
    const events = [{ name: "e", timeUnixNano: 3n, attributes: new Map([["x", "1"]]) }];
    const { endTimeUnixNano: _, ...open } = childOf(root, 3, { startTimeUnixNano: 6n, links, events });
    const early = childOf(root, 2, { startTimeUnixNano: 5n, status: { code: "ERROR", message: "boom" } });
    await traces.logSpans({ experimentId: "0", batches: batch(open, early) });
    await traces.logSpans({ experimentId: "0", batches: batch(root) });
    const { spans } = await traces.getTrace(traceIdOf(root));
    expect(spans).toEqual([root, early, open].map(stored));
  });

  test("replaces a span that is sent again", async () => {
    const { traces } = store();
    const root = span(10);
    await traces.logSpans({ experimentId: "0", batches: batch({ ...root, name: "first" }) });
    await traces.logSpans({
      experimentId: "0",
      batches: batch({ ...root, name: "a" }, { ...root, name: "b" }),
    });
    const { spans } = await traces.getTrace(traceIdOf(root));
    expect(spans.map(({ name }) => name)).toEqual(["b"]);
  });

  test("derives times, state, previews, tags, session and user of a trace from its spans", async () => {
    const { traces } = store();
    const second = 1_000_000_000n;
    const root = span(20, {
      startTimeUnixNano: BigInt(START_MS) * 1_000_000n,
      endTimeUnixNano: BigInt(START_MS) * 1_000_000n + 2n * second,
      attributes: new Map<string, string>([
        ["mlflow.spanInputs", "question"],
        ["mlflow.spanOutputs", "x".repeat(2000)],
        ["mlflow.traceTag.mine", "1"],
        ["session.id", "s1"],
        ["user.id", "u1"],
      ]),
    });
    const { endTimeUnixNano: _, ...open } = childOf(root, 21, {
      startTimeUnixNano: root.startTimeUnixNano - second,
    });
    await traces.logSpans({ experimentId: "0", batches: batch(open) });
    expect(await traces.getTraceInfo(traceIdOf(root))).toMatchObject({
      state: "IN_PROGRESS",
      requestTimeMs: START_MS - 1000,
    });
    const resource = new Map<string, string>([
      ["service.name", "shop"],
      ["telemetry.sdk.name", "x"],
      ["mlflow.trace.spansLocation", "elsewhere"],
      ["not a tag's key @", "x"],
    ]);
    await traces.logSpans({ experimentId: "0", batches: [{ resource, spans: [root] }] });
    const info = await traces.getTraceInfo(traceIdOf(root));
    expect(info).toMatchObject({
      state: "OK",
      requestTimeMs: START_MS - 1000,
      executionDurationMs: 3000,
      requestPreview: "question",
      responsePreview: "x".repeat(1000),
      traceMetadata: texts({ "mlflow.trace.session": "s1", "mlflow.trace.user": "u1" }),
    });
    expect(info.tags).toEqual(
      texts({
        mine: "1",
        "mlflow.artifactLocation": `mlflow-artifacts:/0/traces/${info.traceId}/artifacts`,
        "mlflow.trace.spansLocation": "TRACKING_STORE",
        "service.name": "shop",
      }),
    );
  });

  test("prefers values set for the whole trace to those of later spans", async () => {
    const { traces } = store();
    const root = span(30, { status: { code: "ERROR", message: "" } });
    const traceId = traceIdOf(root);
    const told = traceInfo(traceId, { requestTimeMs: START_MS + 5, executionDurationMs: 7, state: "OK" });
    await traces.logSpans({ experimentId: "0", batches: batch(childOf(root, 31)) });
    await traces.startTrace(told);
    await traces.logSpans({ experimentId: "0", batches: batch(root) });
    expect(await traces.getTraceInfo(traceId)).toMatchObject({
      requestTimeMs: START_MS + 5,
      executionDurationMs: 7,
      state: "OK",
    });
    expect((await traces.getTrace(traceId)).spans).toHaveLength(2);
  });

  test("returns a trace whose spans are incomplete only on request", async () => {
    const { traces } = store();
    const root = span(40);
    const traceId = traceIdOf(root);
    const metadata = { "mlflow.trace.sizeStats": '{"num_spans": 2}' };
    await traces.startTrace(traceInfo(traceId, { metadata }));
    expect(await failure(traces.getTrace(traceId))).toContain("not in the tracking store");
    await traces.logSpans({ experimentId: "0", batches: batch(root) });
    expect(await failure(traces.getTrace(traceId))).toBe(
      `RESOURCE_DOES_NOT_EXIST: Trace with ID ${traceId} is not fully exported yet, please try again later.`,
    );
    expect((await traces.getTrace(traceId, { allowPartial: true })).spans).toHaveLength(1);
    expect(await traces.batchGetTraces({ traceIds: [traceId] })).toEqual([]);
    await traces.logSpans({ experimentId: "0", batches: batch(childOf(root, 41)) });
    expect(await traces.batchGetTraces({ traceIds: ["tr-none", traceId, traceId] })).toEqual([
      await traces.getTrace(traceId),
    ]);
    expect(await traces.batchGetTraceInfos({ traceIds: [traceId], experimentIds: ["7"] })).toEqual([]);
  });

  test("changes nothing when one span of a batch is invalid", async () => {
    const { traces, tracking } = store();
    const experimentId = await tracking.createExperiment({ name: "other traces" });
    const mine = span(50);
    const theirs = span(51);
    await traces.logSpans({ experimentId, batches: batch(theirs) });
    expect(await failure(traces.logSpans({ experimentId: "0", batches: batch(mine, theirs) }))).toContain(
      `Trace with ID '${traceIdOf(theirs)}' does not belong to experiment 0.`,
    );
    expect(await failure(traces.getTraceInfo(traceIdOf(mine)))).toContain("RESOURCE_DOES_NOT_EXIST");
    expect(await failure(traces.startTrace(traceInfo(traceIdOf(theirs))))).toContain("does not belong");
    expect(await failure(traces.logSpans({ experimentId: "999", batches: batch(mine) }))).toContain(
      "No Experiment with id=999 exists",
    );
  });

  test("starts and ends a trace with the version 2 calls", async () => {
    const { traces } = store();
    const { traceId, ...started } = await traces.startTraceV2({
      experimentId: "0",
      timestampMs: START_MS,
      requestMetadata: texts({ m: "1" }),
      tags: texts({ t: "1" }),
    });
    expect(traceId).toMatch(/^[0-9a-f]{32}$/);
    expect(started).toMatchObject({ state: "IN_PROGRESS", requestTimeMs: START_MS });
    expect(textOf(started.tags, "mlflow.artifactLocation")).toBe(
      `mlflow-artifacts:/0/traces/${traceId}/artifacts`,
    );
    const ended = await traces.endTraceV2({
      traceId,
      timestampMs: START_MS + 70,
      state: "OK",
      requestMetadata: texts({ n: "2" }),
      tags: texts({ t: "2" }),
    });
    expect(ended).toMatchObject({
      state: "OK",
      executionDurationMs: 70,
      traceMetadata: texts({ m: "1", n: "2" }),
    });
    expect(textOf(ended.tags, "t")).toBe("2");
  });

  test("sets and deletes tags", async () => {
    const { traces } = store();
    await traces.startTrace(traceInfo("tr-tagged"));
    await traces.setTraceTag("tr-tagged", { key: "k", value: "1" });
    await traces.setTraceTag("tr-tagged", { key: "k", value: "2" });
    expect(textOf((await traces.getTraceInfo("tr-tagged")).tags, "k")).toBe("2");
    await traces.deleteTraceTag("tr-tagged", "k");
    expect(await failure(traces.deleteTraceTag("tr-tagged", "k"))).toBe(
      "RESOURCE_DOES_NOT_EXIST: No trace tag with key 'k' for trace with ID 'tr-tagged'",
    );
    expect(await failure(traces.setTraceTag("tr-none", { key: "k", value: "" }))).toContain("not found");
    expect(await failure(traces.setTraceTag("tr-tagged", { key: "x".repeat(251), value: "" }))).toBe(
      "INVALID_PARAMETER_VALUE: 'key' exceeds the maximum length of 250 characters",
    );
  });

  test("deletes traces by id and by time, the oldest first, with all their data", async () => {
    const { traces, tracking } = store();
    const experimentId = await tracking.createExperiment({ name: "deleted traces" });
    const spans = [60, 61, 62, 63].map((number) =>
      span(number, { startTimeUnixNano: BigInt(START_MS + number) * 1_000_000n }),
    );
    await traces.logSpans({ experimentId, batches: batch(...spans) });
    const [first = "", second = "", third = "", fourth = ""] = spans.map(traceIdOf);
    expect(await traces.deleteTraces({ experimentId, traceIds: [second, "tr-none"] })).toBe(1);
    expect(await traces.deleteTraces({ experimentId: "0", traceIds: [first] })).toBe(0);
    const maxTimestampMs = START_MS + 62;
    expect(await traces.deleteTraces({ experimentId, maxTimestampMs, maxTraces: 1 })).toBe(1);
    expect(await searchIds(traces, { experimentIds: [experimentId] })).toEqual([fourth, third]);
    expect(await traces.deleteTraces({ experimentId, maxTimestampMs })).toBe(1);
    expect(await failure(traces.getTrace(third))).toContain("RESOURCE_DOES_NOT_EXIST");
    await traces.logSpans({ experimentId, batches: batch(childOf(span(62), 99)) });
    expect((await traces.getTrace(third)).spans).toHaveLength(1);
    expect(await failure(traces.deleteTraces({ experimentId }))).toBe(
      "INVALID_PARAMETER_VALUE: Either `max_timestamp_millis` or `trace_ids` must be specified.",
    );
  });

  test("deletes more traces than fit into one step", async () => {
    const { traces, tracking } = store();
    const experimentId = await tracking.createExperiment({ name: "many traces" });
    const spans = Array.from({ length: 450 }, (_, index) => span(1000 + index));
    await traces.logSpans({ experimentId, batches: batch(...spans) });
    expect(await traces.deleteTraces({ experimentId, maxTimestampMs: START_MS, maxTraces: 440 })).toBe(440);
    expect(await searchIds(traces, { experimentIds: [experimentId] })).toHaveLength(10);
  });

  test("links traces to a run", async () => {
    const { traces, tracking } = store();
    const { info } = await makeRun(tracking, "0");
    await traces.startTrace(traceInfo("tr-linked"));
    await traces.linkTracesToRun(["tr-linked", "tr-none"], info.runId);
    await traces.linkTracesToRun(["tr-linked"], info.runId);
    const logged = span(70);
    await traces.logSpans({ experimentId: "0", batches: batch(logged), runId: info.runId });
    const filter = `run_id = '${info.runId}'`;
    expect(new Set(await searchIds(traces, { experimentIds: ["0"], filter }))).toEqual(
      new Set(["tr-linked", traceIdOf(logged)]),
    );
    const ids = Array.from({ length: 101 }, () => "x");
    expect(await failure(traces.linkTracesToRun(ids, info.runId))).toBe(
      "INVALID_PARAMETER_VALUE: Cannot link more than 100 traces to a run in a single request. Provided 101 traces.",
    );
    expect(await failure(traces.linkTracesToRun(["tr-linked"], "none"))).toContain("RESOURCE_DOES_NOT_EXIST");
  });

  test.each([
    [{ traceId: "../x" }, "trace_id must have 1..50"],
    [{ traceId: "" }, "trace_id"],
    [{ requestTimeMs: -1 }, "request_time must be"],
    [{ tags: { ["k".repeat(251)]: "" } }, "'key' exceeds the maximum length of 250"],
    [{ clientRequestId: "x".repeat(251) }, "client_request_id"],
  ])("refuses %j", async (wrong, words) => {
    const { traces } = store();
    expect(
      await failure(
        traces.startTrace({
          ...traceInfo("tr-wrong", wrong),
          ...("traceId" in wrong && { traceId: wrong.traceId }),
        }),
      ),
    ).toContain(words);
  });
}
