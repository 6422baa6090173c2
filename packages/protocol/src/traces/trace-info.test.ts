import { expect, test } from "vitest";
import {
  type TraceInfo,
  traceInfoFromWire,
  traceInfoSchema,
  traceInfoToWire,
  traceInfoFromWireV2,
  traceInfoToWireV2,
  traceInfoV2Schema,
} from "./trace-info.ts";

const info: TraceInfo = {
  traceId: "tr-1",
  experimentId: "3",
  requestTimeMs: 1_700_000_000_000,
  executionDurationMs: 1500,
  state: "OK",
  requestPreview: "q",
  traceMetadata: [{ key: "m", value: "1" }],
  tags: [{ key: "__proto__", value: "x" }],
  assessments: [
    {
      assessmentId: "a-1",
      name: "good",
      traceId: "tr-1",
      source: { sourceType: "HUMAN", sourceId: "bob" },
      createTimeMs: 1_700_000_000_123,
      lastUpdateTimeMs: 1_700_000_000_123,
      value: { kind: "expectation", value: { a: [1, 2] } },
      metadata: [],
      valid: true,
    },
  ],
};

test("version 3 has the form of MLflow's own server", () => {
  const wire = traceInfoToWire({ ...info, tags: [] });
  expect(wire).toMatchObject({
    trace_id: "tr-1",
    trace_location: { type: "MLFLOW_EXPERIMENT", mlflow_experiment: { experiment_id: "3" } },
    request_time: "2023-11-14T22:13:20Z",
    execution_duration: "1.500s",
    state: "OK",
    trace_metadata: { m: "1" },
    assessments: [
      {
        create_time: "2023-11-14T22:13:20.123Z",
        expectation: { serialized_value: { serialization_format: "JSON_FORMAT", value: '{"a":[1,2]}' } },
      },
    ],
  });
});

test("version 3 survives the wire", () => {
  const wire: unknown = JSON.parse(JSON.stringify(traceInfoToWire({ ...info, tags: [] })));
  expect(traceInfoFromWire(traceInfoSchema.parse(wire))).toEqual({ ...info, tags: [] });
});

test("version 2 survives the wire, without the fields that it lacks", () => {
  const wire: unknown = JSON.parse(JSON.stringify(traceInfoToWireV2(info)));
  const { requestPreview: _, ...rest } = info;
  expect(traceInfoFromWireV2(traceInfoV2Schema.parse(wire))).toEqual({ ...rest, assessments: [] });
});

test("digits beyond milliseconds are dropped, as in MLflow's own server", () => {
  const parsed = traceInfoSchema.parse({
    ...traceInfoToWire({ ...info, tags: [], assessments: [] }),
    request_time: "2023-11-14T22:13:20.123456789Z",
    execution_duration: "0.1999s",
  });
  expect([parsed.request_time, parsed.execution_duration]).toEqual([1_700_000_000_123, 199]);
});

test("a trace outside of experiments is refused", () => {
  const parsed = traceInfoSchema.parse({
    trace_id: "tr-1",
    trace_location: { type: "INFERENCE_TABLE" },
    request_time: "2023-11-14T22:13:20Z",
  });
  expect(() => traceInfoFromWire(parsed)).toThrow("must be an experiment");
});
