import { AppError, messageOf } from "./errors.ts";
import { jsonDepthExceeds } from "./json-depth.ts";

/**
 * Parses JSON that a person has written. Throws `INVALID_PARAMETER_VALUE` with what is wrong, and the line and column
 * where the text stops being JSON, for anything else. `shown` names the text in the message: a file, or an option.
 *
 * @example
 * ```ts
 * parseJson("{", "cluster.json"); // cluster.json is not JSON: Expected property name or '}', line 1 column 2
 * ```
 */
export function parseJson(text: string, shown: string): unknown {
  if (jsonDepthExceeds(text, DEPTH_MAX)) {
    throw new AppError("INVALID_PARAMETER_VALUE", `${shown} is nested deeper than ${DEPTH_MAX} levels`);
  }
  try {
    return JSON.parse(text);
  } catch (cause) {
    const before = text.slice(0, findBadCharacter(text)).split("\n");
    const place = `line ${before.length} column ${(before.at(-1)?.length ?? 0) + 1}`;
    // The parser adds a place or an excerpt, as it pleases.
    const reason = messageOf(cause).replace(/(?:(?: in JSON)? at position |, (?:\.\.\.)?").*$/s, "");
    const message = `${shown} is not JSON: ${reason}, ${place}`;
    throw new AppError("INVALID_PARAMETER_VALUE", message, { cause });
  }
}

/** Nobody writes documents as deep. */
const DEPTH_MAX = 100;

/** Where a text stops being the beginning of JSON: its length, when more would have to follow. */
function findBadCharacter(text: string): number {
  let [good, bad] = [0, text.length + 1];
  while (bad - good > 1) {
    const middle = Math.floor((good + bad) / 2);
    if (mayBegin(text.slice(0, middle))) good = middle;
    else bad = middle;
  }
  return good;
}

/** Whether a text can be gone on with to JSON: what the parser complains of is its end. */
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
