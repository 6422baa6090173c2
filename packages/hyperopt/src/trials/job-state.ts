/** Proposed, and waiting to be evaluated. */
export const JOB_STATE_NEW = 0 as const;
/** Being evaluated. */
export const JOB_STATE_RUNNING = 1 as const;
/** Evaluated; the result says how it went. */
export const JOB_STATE_DONE = 2 as const;
/** The objective threw. */
export const JOB_STATE_ERROR = 3 as const;
/** Given up while it ran. */
export const JOB_STATE_CANCEL = 4 as const;

/** How far a trial has come, in hyperopt's numbers. */
export type JobState =
  | typeof JOB_STATE_NEW
  | typeof JOB_STATE_RUNNING
  | typeof JOB_STATE_DONE
  | typeof JOB_STATE_ERROR
  | typeof JOB_STATE_CANCEL;

/** Every job state. */
export const JOB_STATES: readonly JobState[] = [
  JOB_STATE_NEW,
  JOB_STATE_RUNNING,
  JOB_STATE_DONE,
  JOB_STATE_ERROR,
  JOB_STATE_CANCEL,
];
