import { z } from "zod";
import { clusterSpecSchema } from "../clusters/cluster-spec.ts";
import { int64, repeated } from "../scalars.ts";
import {
  type JobRunState,
  jobRunStateSchema,
  jobRunStateToWire,
  jobRunStatusSchema,
  jobRunStatusToWire,
} from "./job-run-state.ts";
import { type JobTaskSpec, jobTaskToWire, taskSettingsSchema, type TaskSettingsWire } from "./job-task.ts";
import { librarySchema, libraryToWire } from "./library.ts";

export type JobRunType = "JOB_RUN" | "SUBMIT_RUN";

/** What `run-now` may say in place of what the job says. */
export type JobRunParameters = {
  readonly pythonParams?: readonly string[];
  readonly jobParameters?: Readonly<Record<string, string>>;
};

export type JobRun = {
  readonly runId: number;
  /** Of a submitted run a number of its own, which is no job's. */
  readonly jobId: number;
  readonly runName: string;
  readonly runType: JobRunType;
  /** Empty where nobody needs to log in. */
  readonly creatorUserName: string;
  readonly spec: JobTaskSpec;
  readonly parameters: JobRunParameters;
  readonly state: JobRunState;
  /** The cluster that it runs on; known since it left the queue. */
  readonly clusterId?: string;
  readonly submitTimeMs: number;
  /** When it left the queue, when its task began, when it ended. */
  readonly claimTimeMs?: number;
  readonly taskStartTimeMs?: number;
  readonly endTimeMs?: number;
};

const clusterInstanceSchema = z.object({ cluster_id: z.string(), spark_context_id: z.string().optional() });

const timesSchema = z.object({
  start_time: int64.default(0),
  queue_duration: int64.default(0),
  setup_duration: int64.default(0),
  execution_duration: int64.default(0),
  cleanup_duration: int64.default(0),
  /** 0 while it has not ended. */
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
export type JobRunWire = z.output<typeof jobRunSchema>;

/** `origin` is how the client reaches this server; the run's page is below it. */
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
    // One task, so that the run is the task's run too: its id leads to its output in both forms.
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
