import type { Page } from "@flightdeck/protocol";

/** Builds a page. On the last page, servers send an empty token or none. */
export function toPage<T>(items: readonly T[], nextPageToken: string | undefined): Page<T> {
  return nextPageToken === undefined || nextPageToken === "" ? { items } : { items, nextPageToken };
}

/** All items of all pages; each page is fetched when needed. */
export async function* allItems<T>(
  fetchPage: (pageToken: string | undefined) => Promise<Page<T>>,
): AsyncGenerator<T, void, undefined> {
  let pageToken: string | undefined;
  do {
    const page = await fetchPage(pageToken);
    yield* page.items;
    pageToken = page.nextPageToken;
  } while (pageToken !== undefined);
}
