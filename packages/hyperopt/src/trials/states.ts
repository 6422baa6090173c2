/** Proposed and waiting to be evaluated. */
export const JOB_STATE_NEW = 0 as const;
/** Being evaluated. */
export const JOB_STATE_RUNNING = 1 as const;
/** Evaluated. See the result's status. */
export const JOB_STATE_DONE = 2 as const;
/** The objective threw. */
export const JOB_STATE_ERROR = 3 as const;
/** Cancelled. */
export const JOB_STATE_CANCEL = 4 as const;

/** The state of a trial, with hyperopt's numbers. */
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

// "as const" stops `{ status: STATUS_OK }` from widening to string in an objective that is declared separately.

/** Not evaluated yet. */
export const STATUS_NEW = "new" as const;
/** The objective has not ended. */
export const STATUS_RUNNING = "running" as const;
/** The objective stopped early, for example because `shouldPrune()` returned true. */
export const STATUS_SUSPENDED = "suspended" as const;
/** The trial has a loss. */
export const STATUS_OK = "ok" as const;
/** The trial has no usable loss; the point counts as bad. */
export const STATUS_FAIL = "fail" as const;

/** The status that an objective gives its result. */
export type Status =
  | typeof STATUS_NEW
  | typeof STATUS_RUNNING
  | typeof STATUS_SUSPENDED
  | typeof STATUS_OK
  | typeof STATUS_FAIL;

/** Every status that a result may have. */
export const STATUS_STRINGS: readonly Status[] = [
  STATUS_NEW,
  STATUS_RUNNING,
  STATUS_SUSPENDED,
  STATUS_OK,
  STATUS_FAIL,
];
