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

// "as const" keeps `{ status: STATUS_OK }` from widening to string in an objective that is written on its own.

/** Not evaluated yet. */
export const STATUS_NEW = "new" as const;
/** The objective has not come to an end. */
export const STATUS_RUNNING = "running" as const;
/** The objective stopped before its end, for example because `shouldPrune()` said so. */
export const STATUS_SUSPENDED = "suspended" as const;
/** There is a loss. */
export const STATUS_OK = "ok" as const;
/** There is no loss that counts; the point is a bad one. */
export const STATUS_FAIL = "fail" as const;

/** What an objective says of its own result. */
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
