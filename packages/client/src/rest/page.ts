import type { Page } from "@flightdeck/protocol";

/** A page from its parts; servers give an empty token, or none, on the last one. */
export function toPage<T>(items: readonly T[], nextPageToken: string | undefined): Page<T> {
  return nextPageToken === undefined || nextPageToken === "" ? { items } : { items, nextPageToken };
}

/** Every item of every page, fetched as it is needed. */
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
