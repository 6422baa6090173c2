import { describe, expect, test } from "vitest";
import { type JobRun, jobRunSchema, jobRunToWire, type JobRunState, jobRunStatusToWire } from "./job-runs.ts";

const run: JobRun = {
  runId: 7,
  jobId: 3,
  runName: "r",
  runType: "SUBMIT_RUN",
  creatorUserName: "ann",
  spec: {
    taskKey: "main",
    task: { kind: "shell_command", command: ["true"], envVars: {} },
    cluster: { existingClusterId: "c" },
    libraries: [{ whl: "dbfs:/a.whl" }],
    timeoutSeconds: 0,
    withoutEffect: [],
  },
  parameters: {},
  state: { lifeCycleState: "RUNNING", stateMessage: "In run" },
  clusterId: "c",
  submitTimeMs: 1000,
  claimTimeMs: 1500,
  taskStartTimeMs: 4000,
};

describe("a run on the wire", () => {
  test("has no result while it runs, since MLflow takes a result as the end", () => {
    const wire = jobRunToWire(run, "http://127.0.0.1:5000");
    expect(wire.state).not.toHaveProperty("result_state");
    expect(wire).toMatchObject({
      run_page_url: "http://127.0.0.1:5000/jobs/3/runs/7",
      number_in_job: 7,
      queue_duration: 500,
      setup_duration: 2500,
      execution_duration: 0,
      end_time: 0,
      tasks: [{ run_id: 7, task_key: "main", existing_cluster_id: "c", libraries: [{ whl: "dbfs:/a.whl" }] }],
    });
  });

  test("is accepted by its own schema", () => {
    const state = { lifeCycleState: "TERMINATED", resultState: "SUCCESS", stateMessage: "" } as const;
    const wire = jobRunToWire({ ...run, state, endTimeMs: 9000 }, "");
    expect(jobRunSchema.parse(JSON.parse(JSON.stringify(wire)))).toMatchObject({
      execution_duration: 5000,
      run_duration: 8000,
      status: { state: "TERMINATED", termination_details: { code: "SUCCESS", type: "SUCCESS" } },
    });
  });

  test.each<[JobRunState, object]>([
    [
      { lifeCycleState: "QUEUED", stateMessage: "m" },
      { state: "QUEUED", queue_details: { code: "ACTIVE_RUNS_LIMIT_REACHED", message: "m" } },
    ],
    [
      { lifeCycleState: "INTERNAL_ERROR", resultState: "FAILED", stateMessage: "m" },
      {
        state: "TERMINATED",
        termination_details: { code: "INTERNAL_ERROR", type: "INTERNAL_ERROR", message: "m" },
      },
    ],
    [
      { lifeCycleState: "TERMINATED", resultState: "CANCELED", stateMessage: "m" },
      {
        state: "TERMINATED",
        termination_details: { code: "USER_CANCELED", type: "CLIENT_ERROR", message: "m" },
      },
    ],
  ])("%j has API 2.2's status", (state, status) => {
    expect(jobRunStatusToWire(state)).toEqual(status);
  });
});
