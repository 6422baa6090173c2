import { describe, expect, test } from "vitest";
import { endpoints } from "./endpoints.ts";
import { parseRequest } from "./parse-request.ts";

describe("parseRequest", () => {
  test("accepts int64 as number or text, and NaN and infinities as doubles", () => {
    const request = parseRequest(endpoints.logMetric, {
      run_id: "r",
      key: "loss",
      value: "-Infinity",
      timestamp: "1700000000000",
    });
    expect(request).toMatchObject({ value: Number.NEGATIVE_INFINITY, timestamp: 1_700_000_000_000, step: 0 });
  });

  test("uses run_uuid if run_id is missing, and treats null as absent", () => {
    expect(parseRequest(endpoints.getRun, { run_uuid: "r", run_id: null })).toEqual({ run_id: "r" });
  });

  test("turns absent lists into empty ones and single query values into lists", () => {
    expect(parseRequest(endpoints.searchRuns, { experiment_ids: "7" })).toMatchObject({
      experiment_ids: ["7"],
      order_by: [],
      run_view_type: "ACTIVE_ONLY",
    });
  });

  test("names a missing field with MLflow's message", () => {
    expect(() => parseRequest(endpoints.logParam, { key: "k", value: "v" })).toThrow(
      "Missing value for required parameter 'run_id'.",
    );
  });

  test("names an invalid field inside a batch, and its value", () => {
    const metrics = [
      { key: "a", value: 1, timestamp: 1 },
      { key: "b", value: "fast", timestamp: 1 },
    ];
    expect(() => parseRequest(endpoints.logBatch, { run_id: "r", metrics })).toThrow(
      /Invalid value "fast" for parameter 'metrics\[1\].value'/,
    );
  });

  test("refuses a body that is not an object", () => {
    expect(() => parseRequest(endpoints.createRun, "[")).toThrow("the request must be a JSON object");
  });

  test("drops nulls at any depth", () => {
    const metrics = [{ key: "a", value: 1, timestamp: 1, step: null, model_id: null }];
    const request = parseRequest(endpoints.logBatch, { run_id: "r", metrics, params: null });
    expect(request.metrics).toEqual([{ key: "a", value: 1, timestamp: 1, step: 0 }]);
    expect(request.params).toEqual([]);
  });

  test("refuses excessive nesting instead of overflowing the stack", () => {
    let deep: unknown = "x";
    for (let level = 0; level < 100_000; level++) deep = [deep];
    expect(() => parseRequest(endpoints.getRun, { run_id: deep })).toThrow("nested deeper than 32 levels");
  });
});
