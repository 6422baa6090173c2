import type { Run } from "@flightdeck/protocol";
import { expect, test } from "vitest";
import { formatRunsCsv } from "./experiments.ts";

function run(runId: string, data: Partial<Run["data"]>): Run {
  return {
    info: {
      runId,
      runName: "",
      experimentId: "1",
      userId: "",
      status: "RUNNING",
      startTimeMs: 0,
      artifactUri: "a",
      lifecycleStage: "active",
    },
    data: { metrics: [], params: [], tags: [], ...data },
    inputs: { datasetInputs: [], modelInputs: [] },
    outputs: { modelOutputs: [] },
  };
}

test("there is a column for each key of any run, and cells are quoted where needed", () => {
  const runs = [
    run("r1", { metrics: [{ key: "loss", value: 0.5, timestampMs: 0, step: 0 }] }),
    run("r2", { params: [{ key: "note", value: 'a "b",\nc' }], tags: [{ key: "t", value: "" }] }),
  ];
  expect(formatRunsCsv(runs)).toBe(
    "run_id,experiment_id,status,artifact_uri,start_time,end_time,metrics.loss,params.note,tags.t\n" +
      "r1,1,RUNNING,a,1970-01-01T00:00:00.000Z,,0.5,,\n" +
      'r2,1,RUNNING,a,1970-01-01T00:00:00.000Z,,,"a ""b"",\nc",\n',
  );
});

test("without runs there is only a header", () => {
  expect(formatRunsCsv([])).toBe("run_id,experiment_id,status,artifact_uri,start_time,end_time\n");
});
