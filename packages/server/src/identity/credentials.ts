import { AppError } from "@flightdeck/core";

/** A token, and the name that came with it by Basic authentication. */
export type Credentials = { readonly token: string; readonly userName?: string };

/** Far above any token, below what hashing would cost. */
const HEADER_CHARS_MAX = 4096;

/** The user name with which Databricks' clients send a token as a password. */
const TOKEN_USER = "token";

/**
 * Reads an Authorization header: `Bearer TOKEN`, or Basic with the token as the password. Undefined when there is none.
 * Throws `UNAUTHENTICATED` for one that is not understood.
 */
export function findCredentials(header: string | undefined): Credentials | undefined {
  if (header === undefined || header === "") return undefined;
  const [, scheme = "", value = ""] = /^([A-Za-z]+) +(\S+) *$/.exec(header.slice(0, HEADER_CHARS_MAX)) ?? [];
  if (scheme.toLowerCase() === "bearer") return { token: value };
  if (scheme.toLowerCase() === "basic") return parseBasic(value);
  const message = "the Authorization header must be 'Bearer TOKEN', or Basic with the token as the password";
  throw new AppError("UNAUTHENTICATED", message);
}

/** The user name counts where it is one; `token` stands for whoever holds the token. */
function parseBasic(value: string): Credentials {
  const text = Buffer.from(value, "base64").toString("utf8");
  const colon = text.indexOf(":");
  if (colon < 0) throw new AppError("UNAUTHENTICATED", "Basic authentication needs 'user:token'");
  const [userName, token] = [text.slice(0, colon), text.slice(colon + 1)];
  return userName === TOKEN_USER || userName === "" ? { token } : { token, userName };
}

/** What is in a URL ends in logs and histories; whoever sends a token so should not get used to it. */
export function refuseTokenInUrl(url: string): void {
  if (!TOKEN_IN_URL.test(url)) return;
  const message =
    "a token must not be in the URL: send it as 'Authorization: Bearer TOKEN', and revoke this one";
  throw new AppError("UNAUTHENTICATED", message);
}

const TOKEN_IN_URL = /[?&](?:access_token|token)=|\bfd[po]at-/i;
