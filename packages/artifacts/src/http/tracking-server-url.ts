import { AppError } from "@flightdeck/core";

/** The address in a tracking URI, which artifacts behind a server need. */
export function trackingServerUrl(trackingUri: string): URL {
  const url = URL.parse(trackingUri);
  if (url !== null && /^https?:$/.test(url.protocol)) {
    url.search = "";
    url.hash = "";
    return url;
  }
  const message = `artifacts behind a server need an http(s) tracking URI, got '${trackingUri}'`;
  throw new AppError("INVALID_PARAMETER_VALUE", message);
}
