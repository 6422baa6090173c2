import { createHash } from "node:crypto";
import { AppError, parseUntrustedJson } from "@flightdeck/core";
import type { Page } from "@flightdeck/protocol";

export type { Page };

/** The end of a page: the sort key of its last row. */
export type PagePosition = readonly (string | number | null)[];

/**
 * A page token is the position and a checksum over position and scope. The next page starts after the position, so rows
 * inserted or deleted between pages never cause others to repeat or be skipped. The checksum detects tokens that were changed,
 * truncated or made for another query. It needs no secret, because the position holds nothing that the page did not show.
 */
export function encodePageToken(position: PagePosition, scope: readonly unknown[]): string {
  const text = JSON.stringify(position.map(toJson));
  return Buffer.from(`${checksum(text, scope)}${text}`).toString("base64url");
}

/** Returns the position in a token. Throws `INVALID_PARAMETER_VALUE` for anything not made by `encodePageToken`. */
export function decodePageToken(token: string, scope: readonly unknown[]): PagePosition {
  const decoded = Buffer.from(token, "base64url").toString();
  const text = decoded.slice(CHECKSUM_CHARS);
  const isOurs = decoded.slice(0, CHECKSUM_CHARS) === checksum(text, scope);
  if (!isOurs) {
    throw new AppError(
      "INVALID_PARAMETER_VALUE",
      "Invalid page token: it must be the next_page_token from a response to the same request",
    );
  }
  return (parseUntrustedJson(text) as unknown[]).map(fromJson); // The checksum proves that we encoded it.
}

type Part = PagePosition[number];

/** JSON has no infinities, so they are encoded as a list with one string. No other part is a list. */
function toJson(part: Part): unknown {
  return part === Infinity || part === -Infinity ? [String(part)] : part;
}

function fromJson(part: unknown): Part {
  return Array.isArray(part) ? Number(part[0]) : (part as Part);
}

/** 64 bits, enough to catch mistakes. */
const CHECKSUM_CHARS = 16;

function checksum(text: string, scope: readonly unknown[]): string {
  const hash = createHash("sha256").update(JSON.stringify([scope, text]));
  return hash.digest("hex").slice(0, CHECKSUM_CHARS);
}

/** The id before which a page begins, in a list with the newest first. */
export function positionBefore(
  { pageToken = "" }: { readonly pageToken?: string | undefined },
  scope: readonly unknown[],
): number {
  if (pageToken === "") return Number.MAX_SAFE_INTEGER;
  return Number(decodePageToken(pageToken, scope)[0]);
}

type RowPage<TRow, T> = {
  /** Up to `maxResults + 1` rows. The extra one means that there is another page. */
  readonly rows: readonly TRow[];
  readonly maxResults: number;
  readonly scope: readonly unknown[];
  readonly convert: (row: TRow) => T;
};

export function pageOfRows<TRow extends { readonly id: number }, T>({
  rows,
  maxResults,
  scope,
  convert,
}: RowPage<TRow, T>): Page<T> {
  const page = rows.slice(0, maxResults);
  const last = page.at(-1);
  const items = page.map(convert);
  if (rows.length <= maxResults || last === undefined) return { items };
  return { items, nextPageToken: encodePageToken([last.id], scope) };
}
