import type { AcceptedDifference } from "./accepted-differences/accepted-difference.ts";
import type { ClientVersion } from "./clients.ts";
import type { Difference } from "./differences.ts";
import type { Json } from "./trace.ts";

/** A difference with its script and client. */
export type MetDifference = Difference & { readonly noun: string; readonly client: ClientVersion };

/** The listed entry that covers a difference; undefined when none does. */
export function findAccepted(
  met: MetDifference,
  accepted: readonly AcceptedDifference[],
): AcceptedDifference | undefined {
  return accepted.find((entry) => covers(entry, met));
}

function covers(entry: AcceptedDifference, met: MetDifference): boolean {
  return (
    (entry.clients ?? [met.client]).includes(met.client) &&
    matches(entry.where, `${met.noun}/${met.step}`) &&
    matches(entry.path, met.path) &&
    shown(met.stock).includes(entry.stock) &&
    shown(met.ours).includes(entry.ours)
  );
}

/** `*` in a pattern matches any text. */
function matches(pattern: string, text: string): boolean {
  const [first = "", ...rest] = pattern.split("*");
  if (rest.length === 0) return text === pattern;
  if (!text.startsWith(first)) return false;
  const last = rest.pop() ?? "";
  let at = first.length;
  for (const part of rest) {
    const found = text.indexOf(part, at);
    if (found < 0) return false;
    at = found + part.length;
  }
  return text.length - last.length >= at && text.endsWith(last);
}

function shown(value: Json): string {
  return JSON.stringify(value);
}

const SHOWN_CHARS_MAX = 300; // Enough to see what differs, short enough to read many.

/** Formats a difference for people. */
export function describeDifference({ client, noun, step, path, stock, ours }: MetDifference): string {
  const cut = (value: Json): string => shown(value).slice(0, SHOWN_CHARS_MAX);
  return `[${client}] ${noun}/${step}: ${path}\n  stock ${cut(stock)}\n  ours  ${cut(ours)}`;
}
