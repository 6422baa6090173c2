import { endOfString, parseUntrustedJson } from "@flightdeck/core";

/**
 * Values that Python's `json` reads and writes but JSON does not have, and their replacements. 1e999 overflows to
 * infinity.
 */
const WORDS: readonly (readonly [string, string])[] = [
  ["NaN", "null"],
  ["-Infinity", "-1e999"],
  ["Infinity", "1e999"],
];

/**
 * Like core's `parseUntrustedJson`, for text written by or for Python: infinities are allowed, and NaN becomes null.
 */
export function parsePythonJson(text: string): unknown {
  try {
    return parseUntrustedJson(text);
  } catch (error) {
    const plain = withoutPythonNumbers(text);
    if (plain === undefined) throw error;
    return parseUntrustedJson(plain);
  }
}

/**
 * Replaces NaN and infinities outside of strings so that `JSON.parse` can read the text. Returns undefined if there are
 * none. Takes a single pass, so the time stays linear for any input.
 */
function withoutPythonNumbers(text: string): string | undefined {
  let plain = "";
  let copied = 0;
  for (let at = 0; at < text.length; at++) {
    const first = text[at];
    if (first === '"') {
      at = endOfString(text, at);
    } else if (first === "N" || first === "I" || first === "-") {
      const found = WORDS.find(([word]) => text.startsWith(word, at));
      if (found === undefined) continue;
      const [word, stand] = found;
      plain += text.slice(copied, at) + stand;
      copied = at + word.length;
      at = copied - 1;
    }
  }
  return copied === 0 ? undefined : plain + text.slice(copied);
}
