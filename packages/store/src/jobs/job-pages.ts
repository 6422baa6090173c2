import { decodePageToken, encodePageToken } from "../page-token.ts";
import type { Page } from "../page.ts";
import type { JobPageInput } from "./job-store.ts";

/** The id before which a page of a listing, newest first, begins. */
export function positionBefore({ pageToken = "" }: JobPageInput, scope: readonly unknown[]): number {
  if (pageToken === "") return Number.MAX_SAFE_INTEGER;
  return Number(decodePageToken(pageToken, scope)[0]);
}

type RowPage<TRow, T> = {
  /** One more than the page has, when there are more. */
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
