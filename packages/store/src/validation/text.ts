import { AppError } from "@flightdeck/core";
import { LIMITS } from "@flightdeck/protocol";

/** Counts code points, as Python does, because the limits are MLflow's. */
function charCount(text: string): number {
  let count = text.length;
  for (let i = 0; i < text.length; i++) if (isLowSurrogate(text.charCodeAt(i))) count--;
  return count;
}

/** Throws MLflow's message when a text is too long. */
export function checkLength(name: string, text: string, charsMax: number): void {
  // A text never has more code points than UTF-16 units, so most need no counting.
  if (text.length <= charsMax || charCount(text) <= charsMax) return;
  throw new AppError(
    "INVALID_PARAMETER_VALUE",
    `'${name}' exceeds the maximum length of ${charsMax} characters`,
  );
}

/** Truncates a text, as MLflow does with values of params and tags (`MLFLOW_TRUNCATE_LONG_VALUES`). */
export function truncated(text: string, charsMax: number): string {
  if (text.length <= charsMax || charCount(text) <= charsMax) return text;
  // A code point has at most two units, so the rest need not be split.
  return Array.from(text.slice(0, 2 * charsMax))
    .slice(0, charsMax)
    .join("");
}

/** JSON in the format of Python's `json.dumps`: ASCII only. Clients' tests compare messages that contain it. */
export function pythonJson(value: unknown): string {
  return JSON.stringify(value).replaceAll(
    /[\u007f-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

/** Approximates Python's `repr` of a string, for messages. */
export function pythonRepr(text: string): string {
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'";
  const escaped = text
    .replaceAll("\\", "\\\\")
    .replaceAll("\n", "\\n")
    .replaceAll("\r", "\\r")
    .replaceAll("\t", "\\t");
  return `${quote}${quote === "'" ? escaped.replaceAll("'", "\\'") : escaped}${quote}`;
}

/** Approximates Python's `str` of a float, for messages. */
export function pythonFloat(value: number): string {
  if (Number.isNaN(value)) return "nan";
  if (!Number.isFinite(value)) return value > 0 ? "inf" : "-inf";
  return Number.isInteger(value) && Math.abs(value) < 1e16 ? value.toFixed(1) : String(value);
}

function isLowSurrogate(unit: number): boolean {
  return unit >= 0xdc00 && unit <= 0xdfff;
}

/** Serializes a document and checks its size, which is limited because there may be thousands of them. */
export function checkedDocument(what: string, document: object): string {
  const text = JSON.stringify(document);
  if (text.length <= LIMITS.jobDocumentCharsMax) return text;
  const message = `${what} may have at most ${LIMITS.jobDocumentCharsMax} characters as JSON, got ${text.length}`;
  throw new AppError("INVALID_PARAMETER_VALUE", message);
}
