import { errorDetails, messageOf } from "../../lib/error-text.ts";

/** A part of a filter's text, end exclusive. */
export type FilterSpan = { readonly start: number; readonly end: number };

/**
 * Where in a filter the server found its fault. Flightdeck's server names the place in the error's details; of other
 * servers' messages the first quoted piece that occurs in the filter is taken. Undefined when neither tells.
 */
export function locateFilterError(filter: string, error: unknown): FilterSpan | undefined {
  return spanOfDetails(filter, errorDetails(error)) ?? spanOfQuote(filter, messageOf(error));
}

/** `position` counts characters from 0; a long `word` is cut and ends in an ellipsis; an empty one is the end. */
function spanOfDetails(filter: string, details: Readonly<Record<string, unknown>>): FilterSpan | undefined {
  const { position: start, word } = details;
  if (typeof start !== "number" || start < 0 || start > filter.length) return undefined;
  const length = typeof word === "string" ? word.replace(/…$/, "").length : 0;
  return { start, end: start + Math.max(1, length) };
}

function spanOfQuote(filter: string, message: string): FilterSpan | undefined {
  for (const [, quoted = ""] of message.matchAll(/'([^']+)'/g)) {
    const start = filter.indexOf(quoted);
    if (start >= 0) return { start, end: start + quoted.length };
  }
  return undefined;
}
