import { MlflowClient } from "@flightdeck/client/browser";
import { authorizedFetch } from "../features/login/authorized-fetch.ts";

/** The server is the one that served the page; the page's folder is its root, also behind a proxy's path prefix. */
export const serverUrl: string = new URL(".", document.baseURI).href.replace(/\/$/, "");

/** Someone is waiting: four tries within about two seconds, then the error and its Retry button are shown. */
const RETRY = { attemptsMax: 4, delayMaxMs: 1000, retryAfterMaxMs: 2000 };

/** The one client of the page. */
export const mlflowClient: MlflowClient = new MlflowClient({
  trackingUri: serverUrl,
  retry: RETRY,
  fetch: authorizedFetch,
});
