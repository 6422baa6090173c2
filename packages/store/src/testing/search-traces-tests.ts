import { beforeAll, expect, test } from "vitest";
import { failure } from "./helpers.ts";
import {
  batch,
  childOf,
  searchIds,
  span,
  START_MS,
  traceIdOf,
  traceInfo,
  type TraceTestStore,
} from "./trace-helpers.ts";

export function searchTracesTests(store: () => TraceTestStore): void {
  let experimentId = "";
  const a = span(201, { attributes: new Map([["mlflow.spanInputs", 'say "hello"']]) });
  const b = span(202);
  const c = span(203);
  const names = new Map([a, b, c].map((root, index) => [traceIdOf(root), "abc"[index] ?? ""]));

  beforeAll(async () => {
    const { traces, tracking } = store();
    experimentId = await tracking.createExperiment({ name: "searched traces" });
    const llm = childOf(a, 211, {
      name: "call",
      attributes: new Map<string, string | bigint>([
        ["mlflow.spanType", "LLM"],
        ["model", "gpt-4_x"],
        ["tokens", 7n],
      ]),
    });
    const failed = childOf(b, 212, { name: "call", status: { code: "ERROR", message: "" } });
    await traces.logSpans({ experimentId, batches: batch(a, llm, b, failed, childOf(b, 213), c) });
    await traces.startTrace(
      traceInfo(traceIdOf(a), {
        experimentId,
        executionDurationMs: 10,
        tags: { "mlflow.traceName": "first", team: "x" },
        metadata: { "mlflow.sourceRun": "r1", "a key": "v" },
      }),
    );
    await traces.startTrace(
      traceInfo(traceIdOf(b), {
        experimentId,
        requestTimeMs: START_MS + 1,
        executionDurationMs: 30,
        state: "ERROR",
        clientRequestId: "req",
        tags: { "mlflow.traceName": "second" },
      }),
    );
    const { executionDurationMs: _, ...running } = traceInfo(traceIdOf(c), {
      experimentId,
      requestTimeMs: START_MS + 2,
      state: "IN_PROGRESS",
      tags: { team: "y" },
    });
    await traces.startTrace(running);
  });

  const search = async (input: object): Promise<string> => {
    const ids = await searchIds(store().traces, { experimentIds: [experimentId], ...input });
    return ids.map((id) => names.get(id)).join("");
  };

  test.each([
    ["", "cba"],
    [`request_id = '${traceIdOf(a)}'`, "a"],
    ["client_request_id = 'req'", "b"],
    ["client_request_id != 'x'", "b"],
    ["status = 'OK'", "a"],
    ["status IN ('OK', 'ERROR')", "ba"],
    [`timestamp_ms > ${START_MS}`, "cb"],
    [`attributes.timestamp <= ${START_MS + 1}`, "ba"],
    ["execution_time_ms < 20", "a"],
    ["NOT execution_time < 20", "cb"],
    [`end_time_ms = ${START_MS + 2}`, "c"],
    ["name = 'first'", "a"],
    ["name != 'first'", "b"],
    ["trace.name LIKE '%s%'", "ba"],
    ["run_id = 'r1'", "a"],
    ["run_id IN ('r1')", "a"],
    ["tags.team = 'x'", "a"],
    ["tag.team IS NULL", "b"],
    ["tags.team IS NOT NULL AND tags.team != 'x'", "c"],
    ["metadata.`a key` = 'v'", "a"],
    ["request_metadata.none IS NULL", "cba"],
    ["text LIKE '%say \"hello\"%'", "a"],
    ["text ILIKE '%HELLO%'", "a"],
    ["span.content LIKE '%nothing%'", ""],
    ["span.name = 'call'", "ba"],
    ["span.type = 'LLM'", "a"],
    ["span.status = 'ERROR'", "b"],
    ["span.name = 'call' AND span.status = 'OK'", "a"],
    ["span.name = 'span 213' AND span.status = 'ERROR'", ""],
    ["span.name = 'call' OR span.name = 'span 203'", "cba"],
    ["NOT span.name = 'call'", "c"],
    ["span.attributes.model = 'gpt-4_x'", "a"],
    ["span.attributes.model = 'gpt-44x'", ""],
    ["span.attributes.tokens = '7'", "a"],
    ["span.attributes.model != 'x'", "a"],
    ["span.attributes.model IN ('x', 'gpt-4_x')", "a"],
    ["span.attributes.model LIKE 'gpt%'", "a"],
    ["span.attributes.model LIKE 'GPT%'", ""],
    ["span.attributes.model ILIKE 'GPT%'", "a"],
    ["feedback.none IS NULL", "cba"],
  ])("finds by %s", async (filter, expected) => {
    expect(await search({ filter })).toBe(expected);
    expect(await search({ filter, maxResults: 1 })).toBe(expected);
  });

  test.each([
    [["timestamp_ms ASC"], "abc"],
    [["execution_time DESC"], "bac"],
    [["status"], "bca"],
    [["name DESC"], "bac"],
    [["tag.team DESC"], "cab"],
    [["run_id"], "acb"],
    [["end_time_ms"], "cab"],
    [["request_id"], "abc"],
  ])("orders by %j", async (orderBy, expected) => {
    expect(await search({ orderBy })).toBe(expected);
    expect(await search({ orderBy, maxResults: 1 })).toBe(expected);
  });

  test.each([
    [{ filter: "bogus = 1" }, "Invalid attribute key 'bogus' specified."],
    [{ orderBy: ["text"] }, "Invalid attribute key 'text' specified."],
    [{ maxResults: 0 }, "max_results"],
    [{ maxResults: 501 }, "max_results"],
    [{ pageToken: "x" }, "Invalid page token"],
    [{ filter: `span.attributes.${"k".repeat(300)} LIKE 'x'` }, "at most 250 characters"],
    [{ filter: `text LIKE '${'"'.repeat(9000)}'` }, "at most 16000 characters"],
  ])("refuses %j", async (input, words) => {
    const failed = failure(store().traces.searchTraces({ experimentIds: [experimentId], ...input }));
    expect(await failed).toContain(words);
  });

  test("does not search other experiments", async () => {
    expect(await search({ experimentIds: [] })).toBe("");
    expect(await search({ experimentIds: ["0"], filter: "name = 'first'" })).toBe("");
  });
}
