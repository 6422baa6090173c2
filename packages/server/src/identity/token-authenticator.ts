import { AppError, type Clock, isAppError } from "@flightdeck/core";
import type { TokenHolder, WorkspaceStore } from "@flightdeck/store";
import type { Authenticator, Principal } from "./principal.ts";

/** Identifies callers by their tokens, as Bearer or Basic authentication. */
export class TokenAuthenticator {
  readonly #workspace: WorkspaceStore;
  readonly #failures: FailedAttempts;

  constructor(workspace: WorkspaceStore, clock: Clock) {
    this.#workspace = workspace;
    this.#failures = new FailedAttempts(clock);
  }

  /** Identifies whose token a request carries. Throws `UNAUTHENTICATED` with the reason. */
  readonly authenticate: Authenticator = async ({ headers, url, ip }) => {
    if (!headers.authorization) {
      refuseTokenInUrl(url);
      throw missingToken(); // Not an attempt to log in.
    }
    return await this.attempt(ip, async () => {
      refuseTokenInUrl(url);
      const credentials = findCredentials(headers.authorization);
      if (credentials === undefined) throw missingToken();
      return principalOf(await this.#holderOf(credentials));
    });
  };

  /** Counts failed logins by address; beyond the bound a failure becomes `REQUEST_LIMIT_EXCEEDED`. */
  async attempt<T>(address: string, login: () => Promise<T>): Promise<T> {
    try {
      return await login();
    } catch (error) {
      if (!isAppError(error, "UNAUTHENTICATED") || !this.#failures.add(address)) throw error;
      const message = "too many attempts to log in from this address; try again in a minute";
      throw new AppError("REQUEST_LIMIT_EXCEEDED", message, { cause: error });
    }
  }

  async #holderOf({ token, userName }: Credentials): Promise<TokenHolder> {
    const holder = await this.#workspace.authenticate(token);
    if (userName === undefined || userName === holder.principal.name) return holder;
    const message = `Invalid access token: it does not belong to ${JSON.stringify(userName)}.`;
    throw new AppError("UNAUTHENTICATED", message);
  }
}

function missingToken(): AppError {
  const message =
    "this workspace needs a token: send it as 'Authorization: Bearer TOKEN'; 'flightdeck tokens create' makes one";
  return new AppError("UNAUTHENTICATED", message);
}

export function principalOf({ principal, tokenId }: TokenHolder): Principal {
  return { name: principal.name, account: { ...principal, tokenId }, isAdmin: principal.role === "admin" };
}

/** A token, and the user name that came with it in Basic authentication. */
export type Credentials = { readonly token: string; readonly userName?: string | undefined };

/** Far longer than any token, and cheap to hash. */
const HEADER_CHARS_MAX = 4096;

/** The user name of Databricks' clients when they send a token as the password. */
const TOKEN_USER = "token";

/**
 * Reads an Authorization header: `Bearer TOKEN`, or Basic with the token as the password. Undefined without a header.
 * Throws `UNAUTHENTICATED` for any other form.
 */
export function findCredentials(header: string | undefined): Credentials | undefined {
  if (header === undefined || header === "") return undefined;
  const [, scheme = "", value = ""] = /^([A-Za-z]+) +(\S+) *$/.exec(header.slice(0, HEADER_CHARS_MAX)) ?? [];
  if (scheme.toLowerCase() === "bearer") return { token: value };
  if (scheme.toLowerCase() === "basic") return parseBasic(value);
  const message = "the Authorization header must be 'Bearer TOKEN', or Basic with the token as the password";
  throw new AppError("UNAUTHENTICATED", message);
}

/** A user name must match the token's holder; `token` matches anybody. */
function parseBasic(value: string): Credentials {
  const text = Buffer.from(value, "base64").toString("utf8");
  const colon = text.indexOf(":");
  if (colon < 0) throw new AppError("UNAUTHENTICATED", "Basic authentication needs 'user:token'");
  const [userName, token] = [text.slice(0, colon), text.slice(colon + 1)];
  return userName === TOKEN_USER || userName === "" ? { token } : { token, userName };
}

/** Refuses tokens in URLs, because URLs end up in logs and histories. */
export function refuseTokenInUrl(url: string): void {
  if (!TOKEN_IN_URL.test(url)) return;
  const message =
    "a token must not be in the URL: send it as 'Authorization: Bearer TOKEN', and revoke this one";
  throw new AppError("UNAUTHENTICATED", message);
}

const TOKEN_IN_URL = /[?&](?:access_token|token)=|\bfd[po]at-/i;

const WINDOW_MS = 60_000;
/** A person who mistypes stays below this; a program that guesses does not. */
const FAILURES_MAX = 30;
/** Each costs a few hundred bytes. */
const ADDRESSES_MAX = 10_000;

/**
 * Counts failed logins by address. Guessing 256 bits is hopeless anyway; the bound keeps guesses from filling the logs. A
 * valid token is always accepted, since many people may share one proxy's address.
 */
export class FailedAttempts {
  readonly #clock: Clock;
  readonly #windows = new Map<string, { startMs: number; failures: number }>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Records a failure, and returns whether the address has had too many within a minute. */
  add(address: string): boolean {
    const nowMs = this.#clock.nowMs();
    const window = this.#windows.get(address);
    if (window !== undefined && nowMs - window.startMs < WINDOW_MS) {
      window.failures += 1;
      return window.failures > FAILURES_MAX;
    }
    this.#windows.delete(address); // So that the oldest windows come first.
    this.#windows.set(address, { startMs: nowMs, failures: 1 });
    const [oldest] = this.#windows.keys();
    if (this.#windows.size > ADDRESSES_MAX && oldest !== undefined) this.#windows.delete(oldest);
    return false;
  }
}
