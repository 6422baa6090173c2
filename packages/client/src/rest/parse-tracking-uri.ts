import { AppError } from "@flightdeck/core";

/** Where a tracking server is, and the credentials that its address carried. */
export type TrackingServer = {
  /** Without a trailing slash, without credentials. */
  readonly baseUrl: string;
  readonly username?: string;
  readonly password?: string;
};

/**
 * Parses an http(s) tracking URI. Credentials (`http://user:password@host`) are taken out of the URL, since `fetch`
 * refuses such URLs and error messages show them. Throws `INVALID_PARAMETER_VALUE` for any other scheme.
 */
export function parseTrackingUri(trackingUri: string): TrackingServer {
  const url = URL.parse(trackingUri);
  if (url === null || (url.protocol !== "http:" && url.protocol !== "https:")) {
    throw new AppError(
      "INVALID_PARAMETER_VALUE",
      `tracking URI must begin with http:// or https://, got ${JSON.stringify(trackingUri)}`,
    );
  }
  const { username, password } = url;
  const baseUrl = `${url.origin}${url.pathname.replace(/(?<!\/)\/+$/, "")}`;
  if (username === "") return { baseUrl };
  return { baseUrl, username: decodeURIComponent(username), password: decodeURIComponent(password) };
}
