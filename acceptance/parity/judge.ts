import type { AcceptedDifference } from "./accepted-differences/accepted-difference.ts";
import type { ClientVersion } from "./clients.ts";
import type { Difference } from "./differences.ts";
import type { Json } from "./trace.ts";

/** A difference with the script and the client that met it. */
export type MetDifference = Difference & { readonly noun: string; readonly client: ClientVersion };

/** The entry of the list that covers a difference, if one does. */
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

/** `*` in a pattern stands for any text. */
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

/** A difference as a reader wants it. */
export function describeDifference({ client, noun, step, path, stock, ours }: MetDifference): string {
  const cut = (value: Json): string => shown(value).slice(0, SHOWN_CHARS_MAX);
  return `[${client}] ${noun}/${step}: ${path}\n  stock ${cut(stock)}\n  ours  ${cut(ours)}`;
}
