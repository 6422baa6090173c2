import { SYSTEM_TAGS, type Tag } from "@flightdeck/protocol";

/** Quotes a text for MLflow's filter grammar, with the kind of quote that it does not contain. */
export function quoteFilterText(text: string): string {
  if (!text.includes("'")) return `'${text}'`;
  return `"${text.replaceAll('"', '\\"')}"`;
}

/** A key such as `metrics.val loss`, with backticks unless it is a single plain word. */
export function quoteFilterKey(group: string, key: string): string {
  return /^[A-Za-z_][\w]*$/.test(key) ? `${group}.${key}` : `${group}.\`${key.replaceAll("`", "")}\``;
}

/** A filter that finds the runs with these ids. */
export function runIdsFilter(runIds: readonly string[]): string {
  return `attributes.run_id IN (${runIds.map(quoteFilterText).join(", ")})`;
}

/** A filter that finds a run's direct children. */
export function childRunsFilter(runId: string): string {
  return `${quoteFilterKey("tags", SYSTEM_TAGS.parentRunId)} = ${quoteFilterText(runId)}`;
}

/** An ILIKE pattern that finds the text anywhere. Wildcards in the text are literal as far as the grammar allows. */
export function containsPattern(text: string): string {
  return quoteFilterText(`%${text}%`);
}

/** A tag's value; undefined if there is no such tag. */
export function findTagValue(tags: readonly Tag[], key: string): string | undefined {
  return tags.find((tag) => tag.key === key)?.value;
}

/** Tags that people set. Omits those of MLflow and `fmin`, which stores entire documents in them. */
export function userTags(tags: readonly Tag[]): readonly Tag[] {
  return tags.filter(({ key }) => isUserTag(key));
}

export function isUserTag(key: string): boolean {
  return !key.startsWith("mlflow.") && !key.startsWith("flightdeck.");
}

/** Browsers' messages for a request without an answer: Chromium, Firefox, Safari. */
const NO_ANSWER =
  /Failed to fetch|NetworkError when attempting|Load failed|dynamically imported module|error loading/i;
const NO_ANSWER_TEXT =
  "The server does not answer. What you see may be out of date; it refreshes as soon as the server is back.";

/** A readable message for anything thrown. Replaces browsers' unhelpful messages for a lost connection. */
export function messageOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return NO_ANSWER.test(message) ? NO_ANSWER_TEXT : message;
}

/** The MLflow code of a failed call; undefined if it failed on the way, such as for a lost connection. */
export function findErrorCode(error: unknown): string | undefined {
  if (!(error instanceof Error) || !("code" in error)) return undefined;
  return typeof error.code === "string" ? error.code : undefined;
}

/** The machine-readable details of a failed call. */
export function errorDetails(error: unknown): Readonly<Record<string, unknown>> {
  if (!(error instanceof Error) || !("details" in error)) return {};
  const { details } = error;
  // Any object may be read key by key; each value stays unknown.
  return typeof details === "object" && details !== null ? (details as Record<string, unknown>) : {};
}
