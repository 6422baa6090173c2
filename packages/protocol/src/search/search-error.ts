import { AppError } from "@flightdeck/core";
import { nearestWord } from "./nearest-word.ts";

/** A word of a filter and where it stands. */
export type Place = { readonly raw: string; readonly start: number };

/**
 * The error for a wrong word: MLflow's words first, since clients match on them, then where it stands and what may have
 * been meant.
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

/** Enough to recognise a word, short enough for one line. */
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
