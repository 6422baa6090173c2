import { z } from "zod";
import { bool, int64, repeated } from "../forms.ts";
import { clusterSpecSchema } from "../clusters.ts";
import {
  type JobTaskSpec,
  jobTaskToWire,
  taskSettingsSchema,
  type TaskSettingsWire,
  librarySchema,
  libraryToWire,
} from "./job-tasks.ts";

/** The lifecycle state of a run. The last three are final. */
export type JobRunLifeCycleState =
  | "QUEUED"
  | "PENDING"
  | "RUNNING"
  | "TERMINATING"
  | "TERMINATED"
  | "INTERNAL_ERROR"
  | "SKIPPED";

/**
 * How a run ended (https://docs.databricks.com/api/workspace/jobs/getrun). `MAXIMUM_CONCURRENT_RUNS_REACHED` means that
 * the run never started.
 */
export type JobRunResultState =
  | "SUCCESS"
  | "FAILED"
  | "TIMEDOUT"
  | "CANCELED"
  | "MAXIMUM_CONCURRENT_RUNS_REACHED";

/** The state of a job run. */
export type JobRunState = {
  readonly lifeCycleState: JobRunLifeCycleState;
  /** Set only when the run has ended: MLflow's clients wait for it. */
  readonly resultState?: JobRunResultState | undefined;
  /** What is happening or why the run ended, and how the cluster's definition was applied. */
  readonly stateMessage: string;
};

/** Final states of a run. */
export const ENDED_JOB_RUN_STATES: readonly JobRunLifeCycleState[] = [
  "TERMINATED",
  "INTERNAL_ERROR",
  "SKIPPED",
];

/** Parsed as plain strings, since Databricks has more states than we do. */
const jobRunStateSchema = z.object({
  life_cycle_state: z.string(),
  result_state: z.string().optional(),
  state_message: z.string().default(""),
  user_cancelled_or_timedout: bool.default(false),
});

/** The same in the form of API 2.2. */
const jobRunStatusSchema = z.object({
  state: z.string(),
  queue_details: z.object({ code: z.string(), message: z.string().default("") }).optional(),
  termination_details: z
    .object({ code: z.string(), type: z.string(), message: z.string().default("") })
    .optional(),
});

function jobRunStateToWire(state: JobRunState): z.output<typeof jobRunStateSchema> {
  const { lifeCycleState, resultState, stateMessage } = state;
  return {
    life_cycle_state: lifeCycleState,
    // Omitted rather than undefined: MLflow's clients take the presence of the key as the end of the run.
    ...(resultState === undefined ? {} : { result_state: resultState }),
    state_message: stateMessage,
    user_cancelled_or_timedout: resultState === "CANCELED" || resultState === "TIMEDOUT",
  };
}

export function jobRunStatusToWire(state: JobRunState): z.output<typeof jobRunStatusSchema> {
  const { lifeCycleState, resultState, stateMessage: message } = state;
  if (resultState === undefined) {
    const isQueued = lifeCycleState === "QUEUED";
    return { state: lifeCycleState, ...(isQueued && { queue_details: { code: QUEUE_CODE, message } }) };
  }
  const [code, type] = lifeCycleState === "INTERNAL_ERROR" ? LOST : TERMINATION[resultState];
  return { state: "TERMINATED", termination_details: { code, type, message } };
}

const QUEUE_CODE = "ACTIVE_RUNS_LIMIT_REACHED";
const LOST = ["INTERNAL_ERROR", "INTERNAL_ERROR"] as const;

/** Code and type for each result, from Databricks' `TerminationCode`. */
const TERMINATION: Readonly<Record<JobRunResultState, readonly [code: string, type: string]>> = {
  SUCCESS: ["SUCCESS", "SUCCESS"],
  FAILED: ["RUN_EXECUTION_ERROR", "CLIENT_ERROR"],
  TIMEDOUT: ["CANCELED", "CLIENT_ERROR"],
  CANCELED: ["USER_CANCELED", "CLIENT_ERROR"],
  MAXIMUM_CONCURRENT_RUNS_REACHED: ["MAX_CONCURRENT_RUNS_EXCEEDED", "CLIENT_ERROR"],
};

/** A run of a job, or a one-time run. */
export type JobRunType = "JOB_RUN" | "SUBMIT_RUN";

/** Parameters of `run-now` that override those of the job. */
export type JobRunParameters = {
  readonly pythonParams?: readonly string[] | undefined;
  readonly jobParameters?: Readonly<Record<string, string>> | undefined;
};

/** A stored job run. Its id is a number as in Databricks, not an MLflow run id. Times are UTC milliseconds. */
export type JobRun = {
  readonly runId: number;
  /** For a one-time run, a unique number that does not belong to any job. */
  readonly jobId: number;
  readonly runName: string;
  readonly runType: JobRunType;
  /** Empty on a server without authentication. */
  readonly creatorUserName: string;
  readonly spec: JobTaskSpec;
  readonly parameters: JobRunParameters;
  readonly state: JobRunState;
  /** The cluster that it runs on; set when it leaves the queue. */
  readonly clusterId?: string | undefined;
  readonly submitTimeMs: number;
  /** When the run left the queue. The next two: when its task started, and when the run ended. */
  readonly claimTimeMs?: number | undefined;
  readonly taskStartTimeMs?: number | undefined;
  readonly endTimeMs?: number | undefined;
};

const clusterInstanceSchema = z.object({ cluster_id: z.string(), spark_context_id: z.string().optional() });

const timesSchema = z.object({
  start_time: int64.default(0),
  queue_duration: int64.default(0),
  setup_duration: int64.default(0),
  execution_duration: int64.default(0),
  cleanup_duration: int64.default(0),
  /** 0 until the run has ended. */
  end_time: int64.default(0),
});

const runTaskSchema = taskSettingsSchema.extend({
  run_id: int64,
  ...timesSchema.shape,
  run_page_url: z.string().optional(),
  state: jobRunStateSchema,
  status: jobRunStatusSchema.optional(),
  cluster_instance: clusterInstanceSchema.optional(),
});

export const jobRunSchema = z.object({
  run_id: int64,
  job_id: int64.default(0),
  number_in_job: int64.default(0),
  original_attempt_run_id: int64.default(0),
  run_name: z.string().default(""),
  run_type: z.string().default(""),
  trigger: z.string().default(""),
  format: z.string().optional(),
  creator_user_name: z.string().default(""),
  run_page_url: z.string().default(""),
  ...timesSchema.shape,
  run_duration: int64.optional(),
  state: jobRunStateSchema,
  status: jobRunStatusSchema.optional(),
  /** API 2.0's form. */
  task: taskSettingsSchema.optional(),
  cluster_spec: z
    .object({
      new_cluster: clusterSpecSchema.optional(),
      existing_cluster_id: z.string().optional(),
      libraries: repeated(librarySchema),
    })
    .optional(),
  cluster_instance: clusterInstanceSchema.optional(),
  /** API 2.1's and 2.2's form. */
  tasks: repeated(runTaskSchema),
  overriding_parameters: z.object({ python_params: repeated(z.string()) }).optional(),
  job_parameters: repeated(z.object({ name: z.string(), value: z.string().default("") })),
});
/** A job run in Databricks' API (https://docs.databricks.com/api/workspace/jobs/getrun). Durations in milliseconds. */
export type JobRunWire = z.output<typeof jobRunSchema>;

/**
 * Converts a job run to its wire form. `origin` is the server's address for this client, for the URL of the run's page.
 */
export function jobRunToWire(run: JobRun, origin: string): JobRunWire {
  const { runId, jobId, spec, parameters, clusterId } = run;
  const place = clusterPlace(spec);
  const shared = {
    run_page_url: `${origin}/jobs/${jobId}/runs/${runId}`,
    ...timesToWire(run),
    state: jobRunStateToWire(run.state),
    status: jobRunStatusToWire(run.state),
    ...(clusterId !== undefined && { cluster_instance: { cluster_id: clusterId } }),
  };
  const task = { ...place, ...jobTaskToWire(spec.task), task_key: spec.taskKey, depends_on: [] };
  return {
    run_id: runId,
    job_id: jobId,
    number_in_job: runId,
    original_attempt_run_id: runId,
    run_name: run.runName,
    run_type: run.runType,
    trigger: "ONE_TIME",
    format: "MULTI_TASK",
    creator_user_name: run.creatorUserName,
    ...shared,
    task,
    cluster_spec: place,
    // There is one task, so the run is also the task's run, and its id leads to the output in both forms.
    tasks: [{ ...task, ...shared, run_id: runId, timeout_seconds: spec.timeoutSeconds }],
    ...(parameters.pythonParams !== undefined && {
      overriding_parameters: { python_params: [...parameters.pythonParams] },
    }),
    job_parameters: Object.entries(parameters.jobParameters ?? {}).map(([name, value]) => ({ name, value })),
  };
}

function clusterPlace({ cluster, libraries }: JobTaskSpec): Pick<TaskSettingsWire, "libraries"> & {
  new_cluster?: NonNullable<TaskSettingsWire["new_cluster"]>;
  existing_cluster_id?: string;
} {
  return {
    ...("newCluster" in cluster
      ? { new_cluster: { ...cluster.newCluster, libraries: [] } }
      : { existing_cluster_id: cluster.existingClusterId }),
    libraries: libraries.map(libraryToWire),
  };
}

function timesToWire(run: JobRun): z.output<typeof timesSchema> & { run_duration: number } {
  const { submitTimeMs, claimTimeMs, taskStartTimeMs, endTimeMs = 0 } = run;
  const between = (from: number | undefined, to: number | undefined): number =>
    from === undefined || !to ? 0 : Math.max(0, to - from);
  return {
    start_time: submitTimeMs,
    queue_duration: between(submitTimeMs, claimTimeMs ?? endTimeMs),
    setup_duration: between(claimTimeMs, taskStartTimeMs ?? endTimeMs),
    execution_duration: between(taskStartTimeMs, endTimeMs),
    cleanup_duration: 0,
    end_time: endTimeMs,
    run_duration: between(submitTimeMs, endTimeMs),
  };
}
