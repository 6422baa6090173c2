import { AppError } from "@flightdeck/core";

/**
 * Errors that mean another transaction came first (https://www.postgresql.org/docs/current/errcodes-appendix.html): the
 * work looks again, from its start, and finds what the other made.
 */
const RETRIED_CODES: ReadonlySet<string> = new Set([
  "40001", // serialization_failure
  "40P01", // deadlock_detected
  "23505", // unique_violation: made between the look and the insert
  "23503", // foreign_key_violation: deleted between the look and the insert
]);

export function isRetried(error: unknown): boolean {
  return RETRIED_CODES.has(codeOf(error));
}

/** What a caller can understand of a database's error; others stay what they are. */
export function postgresError(error: unknown): unknown {
  const code = codeOf(error);
  if (error instanceof AppError || !(error instanceof Error)) return error;
  const { message } = error;
  const made = (as: AppError["code"], text: string): AppError => new AppError(as, text, { cause: error });
  // 22021 and 22P05 are what PostgreSQL says of the one character that its texts cannot hold.
  if (code === "22021" || code === "22P05") {
    return made(
      "INVALID_PARAMETER_VALUE",
      "a text holds the character U+0000, which PostgreSQL does not store",
    );
  }
  if (code.startsWith("22")) return made("INVALID_PARAMETER_VALUE", `PostgreSQL refuses a value: ${message}`);
  if (code === "55P03") return made("TEMPORARILY_UNAVAILABLE", "the database was locked for too long");
  if (code.startsWith("53"))
    return made("TEMPORARILY_UNAVAILABLE", `PostgreSQL is short of room: ${message}`);
  if (RETRIED_CODES.has(code)) {
    return made("TEMPORARILY_UNAVAILABLE", `other writers were in the way each time: ${message}`);
  }
  if (isConnectionError(error)) return made("TEMPORARILY_UNAVAILABLE", connectionMessage(error));
  return error;
}

/** Whether the server went away or could not be reached, rather than refused a statement. */
export function isConnectionError(error: Error): boolean {
  const code = codeOf(error);
  // Classes 08 and 57P: connection exceptions, shutdowns. Errors of the socket have names for codes, those of `pg` none.
  return /^(08|57P)/.test(code) || /^E[A-Z]+$/.test(code) || code === "";
}

/** One line that says why; an attempt at several addresses fails with an error without a message of its own. */
export function connectionMessage(error: unknown): string {
  if (error instanceof AggregateError) return connectionMessage(error.errors[0]);
  return `the database cannot be reached: ${error instanceof Error ? error.message : String(error)}`;
}

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "";
}
