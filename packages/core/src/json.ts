import { invalid, messageOf } from "./errors.ts";

const QUOTE = 34;
const BACKSLASH = 92;
/** [ and { differ only in this bit, and so do ] and }. */
const BRACE_BIT = 32;
const OPENING = 123;
const CLOSING = 125;

/** Far more than any real document has, and far less than what endangers the parser. */
const DEPTH_MAX = 100;

/**
 * Parses JSON written by a person. Throws `INVALID_PARAMETER_VALUE` with the reason, line and column if the text is
 * invalid. `shown` names the text in the message, as in "cluster.json is not JSON: Expected property name or '}', line
 * 1 column 2".
 *
 * @example
 * ```ts
 * parseJson('{"num_workers": 2}', "cluster.json"); // { num_workers: 2 }
 * ```
 */
export function parseJson(text: string, shown: string): unknown {
  if (jsonDepthExceeds(text, DEPTH_MAX)) {
    throw invalid(`${shown} is nested deeper than ${DEPTH_MAX} levels`);
  }
  try {
    return JSON.parse(text);
  } catch (cause) {
    const before = text.slice(0, findBadCharacter(text)).split("\n");
    const place = `line ${before.length} column ${(before.at(-1)?.length ?? 0) + 1}`;
    // Depending on the error, the parser adds a position or an excerpt.
    const reason = messageOf(cause).replace(/(?:(?: in JSON)? at position |, (?:\.\.\.)?").*$/s, "");
    const message = `${shown} is not JSON: ${reason}, ${place}`;
    throw invalid(message, { cause });
  }
}

/** The index where a text stops being a prefix of valid JSON, or its length if it ends too early. */
function findBadCharacter(text: string): number {
  let [good, bad] = [0, text.length + 1];
  while (bad - good > 1) {
    const middle = Math.floor((good + bad) / 2);
    if (mayBegin(text.slice(0, middle))) good = middle;
    else bad = middle;
  }
  return good;
}

/** Whether a text is a prefix of valid JSON: the parser only complains about its end. */
function mayBegin(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch (error) {
    const message = messageOf(error);
    return (
      /end of JSON input|^Unterminated string/.test(message) ||
      message.includes(`at position ${text.length} `)
    );
  }
}

/**
 * `JSON.parse` for untrusted text: also throws a `SyntaxError` for more than a hundred levels. Use it for anything that
 * comes from a client, a file, or a database column with data from clients. For the reason see `jsonDepthExceeds`.
 */
export function parseUntrustedJson(text: string): unknown {
  if (jsonDepthExceeds(text, DEPTH_MAX)) {
    throw new SyntaxError(`JSON is nested deeper than ${DEPTH_MAX} levels`);
  }
  return JSON.parse(text);
}

/**
 * Whether JSON text is nested deeper than `depthMax`, without parsing it. Node 26.10's `JSON.parse` may crash the
 * process (segmentation fault) after a text with ten thousand levels, so untrusted text is checked first. Takes linear
 * time.
 */
export function jsonDepthExceeds(text: string, depthMax: number): boolean {
  if (text.length <= depthMax) return false;
  let depth = 0;
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (code === QUOTE) index = endOfString(text, index);
    else if ((code | BRACE_BIT) === OPENING && ++depth > depthMax) return true;
    else if ((code | BRACE_BIT) === CLOSING) depth--;
  }
  return false;
}

/** The index of the closing quote of the string that begins at `start`, or the end of the text. */
export function endOfString(text: string, start: number): number {
  let end = text.indexOf('"', start + 1);
  while (end !== -1 && isEscaped(text, end)) end = text.indexOf('"', end + 1);
  return end === -1 ? text.length : end;
}

function isEscaped(text: string, index: number): boolean {
  let backslashes = 0;
  while (text.charCodeAt(index - 1 - backslashes) === BACKSLASH) backslashes++;
  return backslashes % 2 === 1;
}

/** Parses JSON; undefined if the text is invalid. For untrusted text use `parseUntrustedJson`. */
export function tryParseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Whether a value is an object with fields, like `{}` in JSON: neither null nor a list. */
export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
