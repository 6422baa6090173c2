import { jobRunToWire } from "@flightdeck/protocol";
import { describe, expect, it } from "vitest";
import { exampleJobRun } from "./testing/example-job-run.ts";
import { trackedRunOf } from "./tracked-run.ts";

const ID = "0123456789abcdef".repeat(2);
const of = (script: string, envVars: Readonly<Record<string, string>> = {}) =>
  trackedRunOf(
    jobRunToWire(
      exampleJobRun({ task: { kind: "shell_command", command: ["bash", "-c", script], envVars } }),
      "",
    ),
  );

describe("trackedRunOf", () => {
  it.each([
    [`mlflow run . -c '{"_mlflow_local_backend_run_id": "${ID}"}' -P a=1`],
    [`flightdeck run . --entry-point main --run-id ${ID} -P a=1`],
    [`export MLFLOW_RUN_ID=${ID}; python train.py`],
    [`MLFLOW_RUN_ID="${ID}" python train.py`],
  ])("finds the run that %s names", (script) => {
    expect(of(script)).toEqual({ runId: ID });
  });

  it("takes the environment's before the script's, and the experiment with it", () => {
    const other = "f".repeat(32);
    const envVars = { MLFLOW_RUN_ID: ID, MLFLOW_EXPERIMENT_ID: "5" };
    expect(of(`flightdeck run . --run-id ${other}`, envVars)).toEqual({ runId: ID, experimentId: "5" });
  });

  it.each(["python train.py", "flightdeck run . --run-id ../../x", `echo ${ID}`])(
    "finds none in %s",
    (script) => {
      expect(of(script)).toEqual({});
      expect(of(script, { MLFLOW_RUN_ID: "javascript:alert(1)" })).toEqual({});
    },
  );
});
