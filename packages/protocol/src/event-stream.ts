import { isObject, parseUntrustedJson } from "@flightdeck/core";
import type { Change } from "./endpoint.ts";

/*
 * The stream of server-sent events with which the page follows changes live. It only says which records changed; the
 * page fetches them with the ordinary calls.
 */

/** The path of the stream, for GET. */
export const EVENT_STREAM_PATH = "/ajax-api/flightdeck/events";

/**
 * Formats one server-sent event (HTML Standard, section 9.2): `change` with the records that changed, or `reset` if
 * there were too many changes to list, so that everything must be reloaded.
 *
 * @example
 * ```ts
 * eventToWire("reset"); // "event: reset\ndata: {}\n\n"
 * ```
 */
export function eventToWire(event: readonly Change[] | "reset"): string {
  if (event === "reset") return "event: reset\ndata: {}\n\n";
  return `event: change\ndata: ${JSON.stringify({ changes: event })}\n\n`;
}

/** A changed record as received by the page. A newer server may send kinds that this version does not know. */
export type FollowedChange = { readonly kind: string; readonly id: string };

/**
 * Parses one event of the stream from its name and data. Returns "reset" for every event other than `change`; invalid
 * entries are left out. Never throws.
 *
 * @example
 * ```ts
 * eventFromWire({ type: "change", data: '{"changes":[{"kind":"run","id":"r1"}]}' }); // [{ kind: "run", id: "r1" }]
 * ```
 */
export function eventFromWire({
  type,
  data,
}: {
  readonly type: string;
  readonly data: string;
}): readonly FollowedChange[] | "reset" {
  return type === "change" ? parseChanges(data) : "reset";
}

function parseChanges(text: string): readonly FollowedChange[] {
  const { changes } = parseObject(text);
  return Array.isArray(changes) ? changes.filter(isChange) : [];
}

function isChange(value: unknown): value is FollowedChange {
  return isObject(value) && typeof value["kind"] === "string" && typeof value["id"] === "string";
}

function parseObject(text: string): { readonly changes?: unknown } {
  try {
    const value = parseUntrustedJson(text);
    return isObject(value) ? value : {};
  } catch {
    return {};
  }
}
