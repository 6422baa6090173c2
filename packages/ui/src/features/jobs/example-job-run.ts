import type { ClusterSpecWire, JobRun, JobTask } from "@flightdeck/protocol";

const CLUSTER: ClusterSpecWire = {
  node_type_id: "p3.2xlarge",
  num_workers: 8,
  init_scripts: [],
  ssh_public_keys: [],
};

type Changes = Partial<Omit<JobRun, "spec">> & { readonly task?: JobTask };

/** A job run for tests, with defaults for whatever a test does not specify. */
export function exampleJobRun({ task, ...changes }: Changes = {}): JobRun {
  return {
    runId: 7,
    jobId: 3,
    runName: "MLflow Run for .",
    runType: "SUBMIT_RUN",
    creatorUserName: "ann",
    spec: {
      taskKey: "main",
      task: task ?? { kind: "shell_command", command: ["true"], envVars: {} },
      cluster: { newCluster: CLUSTER },
      libraries: [{ pypi: { package: "mlflow==3.17.2" } }, { whl: "dbfs:/a.whl" }],
      timeoutSeconds: 0,
      withoutEffect: [],
    },
    parameters: {},
    state: { lifeCycleState: "RUNNING", stateMessage: "In run" },
    submitTimeMs: 1000,
    ...changes,
  };
}
