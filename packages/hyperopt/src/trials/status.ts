// "as const" keeps `{ status: STATUS_OK }` from widening to string in an objective that is written on its own.

/** Not evaluated yet. */
export const STATUS_NEW = "new" as const;
/** The objective has not come to an end. */
export const STATUS_RUNNING = "running" as const;
/** The objective stopped before its end. */
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
