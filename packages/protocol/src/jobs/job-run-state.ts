import { z } from "zod";
import { bool } from "../scalars.ts";

/** Where a run is. It stays in the last three. */
export type JobRunLifeCycleState =
  | "QUEUED"
  | "PENDING"
  | "RUNNING"
  | "TERMINATING"
  | "TERMINATED"
  | "INTERNAL_ERROR"
  | "SKIPPED";

export type JobRunResultState =
  | "SUCCESS"
  | "FAILED"
  | "TIMEDOUT"
  | "CANCELED"
  | "MAXIMUM_CONCURRENT_RUNS_REACHED";

export type JobRunState = {
  readonly lifeCycleState: JobRunLifeCycleState;
  /** Present when the run has ended, and never before: MLflow's clients wait for it. */
  readonly resultState?: JobRunResultState;
  /** What happens, or why it ended, and what the cluster's definition came to. */
  readonly stateMessage: string;
};

/** States that a run does not leave. */
export const ENDED_JOB_RUN_STATES: readonly JobRunLifeCycleState[] = [
  "TERMINATED",
  "INTERNAL_ERROR",
  "SKIPPED",
];

/** Read as texts: a workspace of Databricks has more of them than this one. */
export const jobRunStateSchema = z.object({
  life_cycle_state: z.string(),
  result_state: z.string().optional(),
  state_message: z.string().default(""),
  user_cancelled_or_timedout: bool.default(false),
});

/** API 2.2's form of the same. */
export const jobRunStatusSchema = z.object({
  state: z.string(),
  queue_details: z.object({ code: z.string(), message: z.string().default("") }).optional(),
  termination_details: z
    .object({ code: z.string(), type: z.string(), message: z.string().default("") })
    .optional(),
});

export function jobRunStateToWire(state: JobRunState): z.output<typeof jobRunStateSchema> {
  const { lifeCycleState, resultState, stateMessage } = state;
  return {
    life_cycle_state: lifeCycleState,
    ...(resultState !== undefined && { result_state: resultState }),
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

/** Code and type by result, in the words of Databricks' `TerminationCode`. */
const TERMINATION: Readonly<Record<JobRunResultState, readonly [code: string, type: string]>> = {
  SUCCESS: ["SUCCESS", "SUCCESS"],
  FAILED: ["RUN_EXECUTION_ERROR", "CLIENT_ERROR"],
  TIMEDOUT: ["CANCELED", "CLIENT_ERROR"],
  CANCELED: ["USER_CANCELED", "CLIENT_ERROR"],
  MAXIMUM_CONCURRENT_RUNS_REACHED: ["MAX_CONCURRENT_RUNS_EXCEEDED", "CLIENT_ERROR"],
};
