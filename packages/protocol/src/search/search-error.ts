import { AppError } from "@flightdeck/core";

/** A token of a filter and its position. */
export type Place = { readonly raw: string; readonly start: number };

/**
 * The error for an invalid token: MLflow's message first, since clients match on it, then the position and a
 * suggestion.
 */
export function searchError(message: string, place: Place, known: readonly string[] = []): AppError {
  const near = nearestWord(place.raw.replaceAll(/[`"]/g, ""), known);
  const hint = near === undefined ? "" : `; did you mean '${near}'?`;
  return new AppError(
    "INVALID_PARAMETER_VALUE",
    `${message} (at character ${place.start + 1}: ${place.raw === "" ? "the end" : `'${shown(place.raw)}'`}${hint})`,
    { details: { position: place.start, word: shown(place.raw) } },
  );
}

/** Enough to recognize a token, short enough for one line. */
const SHOWN_CHARS_MAX = 60;

function shown(raw: string): string {
  return raw.length > SHOWN_CHARS_MAX ? `${raw.slice(0, SHOWN_CHARS_MAX)}…` : raw;
}

/** Names as MLflow's messages list them, like a Python set. */
export function pythonSet(names: readonly string[]): string {
  return `{${names.map((name) => `'${name}'`).join(", ")}}`;
}

/** Names as MLflow's messages list them, like a Python list. */
export function pythonList(names: readonly string[]): string {
  return `[${names.map((name) => `'${name}'`).join(", ")}]`;
}

/**
 * The known word closest to a misspelled one, or undefined if none is close. Ignores case and allows one wrong letter in
 * three.
 *
 * @example
 * ```ts
 * nearestWord("acuracy", ["loss", "accuracy"]); // "accuracy"
 * ```
 */
export function nearestWord(word: string, known: readonly string[]): string | undefined {
  if (word === "" || word.length > WORD_CHARS_MAX) return undefined;
  let nearest: string | undefined;
  let nearestDistance = Math.floor(Math.max(word.length, MIN_FORGIVEN_CHARS) / 3) + 1;
  for (const candidate of known) {
    const distance = editDistance(word.toLowerCase(), candidate.toLowerCase());
    if (distance >= nearestDistance) continue;
    nearest = candidate;
    nearestDistance = distance;
  }
  return nearest;
}

/** Known words are shorter, and the comparison is quadratic, so longer words are skipped. */
const WORD_CHARS_MAX = 64;
/** Allows one wrong letter in three, and at least one. */
const MIN_FORGIVEN_CHARS = 3;

/** Levenshtein distance, row by row, where swapping two adjacent letters counts as one change. */
function editDistance(a: string, b: string): number {
  let before: readonly number[] = [];
  let row: readonly number[] = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = at(row, j - 1) + (a[i - 1] === b[j - 1] ? 0 : 1);
      const isSwap = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      const swapped = isSwap ? at(before, j - 2) + 1 : replaced;
      next.push(Math.min(replaced, swapped, at(row, j) + 1, at(next, j - 1) + 1));
    }
    before = row;
    row = next;
  }
  return at(row, b.length);
}

function at(row: readonly number[], column: number): number {
  return row[column] ?? 0;
}
