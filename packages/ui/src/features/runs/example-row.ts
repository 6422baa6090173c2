import { type Run, type RunStatus, SYSTEM_TAGS } from "@flightdeck/protocol";
import { type RunRow, toRunRow } from "./run-columns.ts";

type ExampleRun = {
  readonly parent?: string;
  readonly metrics?: Readonly<Record<string, number>>;
  readonly params?: Readonly<Record<string, string>>;
  readonly status?: RunStatus;
};

/** A run's row for tests. Only what a test specifies differs between runs. */
export function exampleRow(runId: string, example: ExampleRun = {}): RunRow {
  return toRunRow(exampleRun(runId, example));
}

function exampleRun(
  runId: string,
  { parent, metrics = {}, params = {}, status = "FINISHED" }: ExampleRun,
): Run {
  return {
    info: {
      runId,
      runName: `run-${runId}`,
      experimentId: "1",
      userId: "me",
      status,
      startTimeMs: 1_000,
      endTimeMs: 3_500,
      artifactUri: `mlflow-artifacts:/1/${runId}/artifacts`,
      lifecycleStage: "active",
    },
    data: {
      metrics: Object.entries(metrics).map(([key, value]) => ({ key, value, timestampMs: 0, step: 0 })),
      params: Object.entries(params).map(([key, value]) => ({ key, value })),
      tags: parent === undefined ? [] : [{ key: SYSTEM_TAGS.parentRunId, value: parent }],
    },
    inputs: { datasetInputs: [], modelInputs: [] },
    outputs: { modelOutputs: [] },
  };
}
