import { AppError } from "@flightdeck/core";
import { LIMITS } from "@flightdeck/protocol";

/** Length as Python counts it, in code points, since the limits are MLflow's. */
function charCount(text: string): number {
  let count = text.length;
  for (let i = 0; i < text.length; i++) if (isLowSurrogate(text.charCodeAt(i))) count--;
  return count;
}

/** Throws MLflow's words for a text that is too long. `name` is what they call it. */
export function checkLength(name: string, text: string, charsMax: number): void {
  // UTF-16 units are never fewer than code points, so most texts need no counting.
  if (text.length <= charsMax || charCount(text) <= charsMax) return;
  throw new AppError(
    "INVALID_PARAMETER_VALUE",
    `'${name}' exceeds the maximum length of ${charsMax} characters`,
  );
}

/** The text cut to a limit, as MLflow cuts values of params and tags (`MLFLOW_TRUNCATE_LONG_VALUES`). */
export function truncated(text: string, charsMax: number): string {
  if (text.length <= charsMax || charCount(text) <= charsMax) return text;
  // A code point has at most two units: what lies beyond needs no splitting.
  return Array.from(text.slice(0, 2 * charsMax))
    .slice(0, charsMax)
    .join("");
}

/** JSON as Python's `json.dumps` writes it: ASCII only. Clients' tests compare messages that quote it. */
export function pythonJson(value: unknown): string {
  return JSON.stringify(value).replaceAll(
    /[\u007f-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

/** A text as Python's `repr` shows it, near enough for messages. */
export function pythonRepr(text: string): string {
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'";
  const escaped = text
    .replaceAll("\\", "\\\\")
    .replaceAll("\n", "\\n")
    .replaceAll("\r", "\\r")
    .replaceAll("\t", "\\t");
  return `${quote}${quote === "'" ? escaped.replaceAll("'", "\\'") : escaped}${quote}`;
}

/** A double as Python's `str` shows it, near enough for messages. */
export function pythonFloat(value: number): string {
  if (Number.isNaN(value)) return "nan";
  if (!Number.isFinite(value)) return value > 0 ? "inf" : "-inf";
  return Number.isInteger(value) && Math.abs(value) < 1e16 ? value.toFixed(1) : String(value);
}

function isLowSurrogate(unit: number): boolean {
  return unit >= 0xdc00 && unit <= 0xdfff;
}

/** A document as it is stored. Thousands may be, so each is bounded. */
export function checkedDocument(what: string, document: object): string {
  const text = JSON.stringify(document);
  if (text.length <= LIMITS.jobDocumentCharsMax) return text;
  const message = `${what} may have ${LIMITS.jobDocumentCharsMax} characters as JSON, got ${text.length}`;
  throw new AppError("INVALID_PARAMETER_VALUE", message);
}
