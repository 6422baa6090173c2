import { MlflowClient } from "@flightdeck/client/browser";
import { authorizedFetch } from "./authorized-fetch.ts";

/** The server that served the page. The page's folder is its root, even behind a proxy's path prefix. */
export const serverUrl: string = new URL(".", document.baseURI).href.replace(/\/$/, "");

/** A user is waiting: try four times within about two seconds, then show the error and its Retry button. */
const RETRY = { attemptsMax: 4, delayMaxMs: 1000, retryAfterMaxMs: 2000 };

/** The page's only client. */
export const mlflowClient: MlflowClient = new MlflowClient({
  trackingUri: serverUrl,
  retry: RETRY,
  fetch: authorizedFetch,
});
