import type { LoggedModelStatus, RunStatus } from "@flightdeck/protocol";

/** Numbers that MLflow writes for a run's status in folders (`RunStatus` of its protos). */
export const RUN_STATUS_BY_NUMBER: Readonly<Record<number, RunStatus>> = {
  1: "RUNNING",
  2: "SCHEDULED",
  3: "FINISHED",
  4: "FAILED",
  5: "KILLED",
};

/** Numbers that MLflow writes for a logged model's status (`LoggedModelStatus` of its protos). */
export const MODEL_STATUS_BY_NUMBER: Readonly<Record<number, LoggedModelStatus>> = {
  0: "LOGGED_MODEL_STATUS_UNSPECIFIED",
  1: "LOGGED_MODEL_PENDING",
  2: "LOGGED_MODEL_READY",
  3: "LOGGED_MODEL_UPLOAD_FAILED",
};

/** How MLflow marks a version that was deleted; its number is never given again. */
export const DELETED_STAGE = "Deleted_Internal";
