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

function spanOfDetails(filter: string, details: Readonly<Record<string, unknown>>): FilterSpan | undefined {
  const { start, end } = details;
  if (typeof start !== "number" || start < 0 || start > filter.length) return undefined;
  return { start, end: typeof end === "number" && end > start ? end : start + 1 };
}

function spanOfQuote(filter: string, message: string): FilterSpan | undefined {
  for (const [, quoted = ""] of message.matchAll(/'([^']+)'/g)) {
    const start = filter.indexOf(quoted);
    if (start >= 0) return { start, end: start + quoted.length };
  }
  return undefined;
}
