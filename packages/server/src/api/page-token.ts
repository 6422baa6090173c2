import type { Page } from "@flightdeck/store";

/** The field that leads to the next page; nothing on the last. */
export function pageToken(page: Page<unknown>): { next_page_token?: string } {
  return page.nextPageToken === undefined ? {} : { next_page_token: page.nextPageToken };
}
