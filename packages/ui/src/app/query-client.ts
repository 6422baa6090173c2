import { QueryClient } from "@tanstack/react-query";

/** Going back to a screen within this time shows it without asking again; events from the server end it early. */
const FRESH_MS = 10_000;

/** The page's cache of answers. The client retries by itself what is worth retrying. */
export const queryClient: QueryClient = new QueryClient({
  defaultOptions: { queries: { staleTime: FRESH_MS, retry: false } },
});
