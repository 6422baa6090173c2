/** 128 bits as 32 lower-case hex digits: the hex form of a random UUID, as MLflow makes its ids. */
function randomHex(): string {
  return crypto.randomUUID().replaceAll("-", "");
}

/** A run id as MLflow makes them: 32 lower-case hex digits. */
export function newRunId(): string {
  return randomHex();
}

/** A logged model's id as MLflow 3 makes them: `m-` and 32 hex digits. */
export function newModelId(): string {
  return `m-${randomHex()}`;
}

/** An assessment's id as MLflow 3 makes them: `a-` and 32 hex digits. */
export function newAssessmentId(): string {
  return `a-${randomHex()}`;
}

/** An opaque id for anything that needs one: requests, uploads, temporary names. */
export function newId(): string {
  return randomHex();
}
