import { endpoints } from "@flightdeck/protocol";
import fc from "fast-check";
import { expect, test } from "vitest";
import { encodeRequest } from "./encode-request.ts";

test("a GET sends its fields in the query and repeats the key for lists", () => {
  const request = { run_ids: ["a", "b"], metric_key: "loss/é&x", max_results: 10, start_step: undefined };
  const { method, path, body } = encodeRequest(endpoints.getMetricHistoryBulkInterval, request);
  expect({ method, body }).toEqual({ method: "GET", body: undefined });
  const url = new URL(path, "http://host");
  expect(url.pathname).toBe("/api/2.0/mlflow/metrics/get-history-bulk-interval");
  expect([...url.searchParams]).toEqual([
    ["run_ids", "a"],
    ["run_ids", "b"],
    ["metric_key", "loss/é&x"],
    ["max_results", "10"],
  ]);
});

test("a POST sends them as JSON, without undefined fields", () => {
  const encoded = encodeRequest(endpoints.updateRun, {
    run_id: "r",
    status: "FINISHED",
    end_time: undefined,
  });
  expect(encoded).toEqual({
    method: "POST",
    path: "/api/2.0/mlflow/runs/update",
    body: '{"run_id":"r","status":"FINISHED"}',
  });
});

test("path parameters are in the path and also in the body, as MLflow's server expects", () => {
  const request = { model_id: "m-1", status: "LOGGED_MODEL_READY" };
  expect(encodeRequest(endpoints.finalizeLoggedModel, request)).toEqual({
    method: "PATCH",
    path: "/api/2.0/mlflow/logged-models/m-1",
    body: JSON.stringify(request),
  });
  expect(encodeRequest(endpoints.getLoggedModel, { model_id: "m-1" }).path).toBe(
    "/api/2.0/mlflow/logged-models/m-1",
  );
});

test("a path parameter cannot escape its segment", () => {
  fc.assert(
    fc.property(
      fc.string({ unit: "binary", minLength: 1 }).filter((text) => text.isWellFormed()),
      (model_id) => {
        fc.pre(model_id !== "." && model_id !== "..");
        const { path } = encodeRequest(endpoints.getLoggedModel, { model_id });
        const { pathname } = new URL(path, "http://host");
        const segments = pathname.split("/");
        expect(segments).toHaveLength(6);
        expect(decodeURIComponent(segments[5] ?? "")).toBe(model_id);
      },
    ),
  );
});

test.each([undefined, "", ".", ".."])("%j is refused as a path parameter", (model_id) => {
  expect(() => encodeRequest(endpoints.getLoggedModel, { model_id })).toThrow(
    "model_id must be a non-empty string",
  );
});
