/** The message of anything that was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** The MLflow code that a failed call carries; undefined for what failed on the way, such as a lost connection. */
export function findErrorCode(error: unknown): string | undefined {
  if (!(error instanceof Error) || !("code" in error)) return undefined;
  return typeof error.code === "string" ? error.code : undefined;
}

/** The machine-readable facts of a failed call. */
export function errorDetails(error: unknown): Readonly<Record<string, unknown>> {
  if (!(error instanceof Error) || !("details" in error)) return {};
  const { details } = error;
  // Any object may be read key by key; each value stays unknown.
  return typeof details === "object" && details !== null ? (details as Record<string, unknown>) : {};
}
