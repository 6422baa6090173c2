import { AppError, cancelled, type Clock, messageOf, systemClock, throwIfAborted } from "@flightdeck/core";
import { DEFAULT_RETRY_POLICY, type RetryPolicy } from "../rest/retry-policy.ts";
import { retryingFetch } from "../rest/retrying-fetch.ts";

export type MachineLoginOptions = {
  /** The workspace's address, without a path. */
  readonly host: string;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly fetch?: typeof fetch | undefined;
  readonly retry?: RetryPolicy | undefined;
  readonly clock?: Clock | undefined;
};

type Token = { readonly authorization: string; readonly renewAtMs: number };

const DISCOVERY_PATH = "/oidc/.well-known/oauth-authorization-server";
/** A token is renewed so long before it ends: longer than any request waits for its answer to begin. */
const RENEW_BEFORE_MS = 120_000;
/** Lent by RFC 6749, section 5.1: a server may leave the lifetime out. Databricks' own tokens last an hour. */
const LIFETIME_DEFAULT_S = 3600;
/** A token is some hundred bytes away; who does not answer by then is asked again. */
const TIMEOUT_MS = 30_000;
const METHODS: ReadonlySet<string> = new Set(["GET", "POST"]);

/**
 * OAuth machine-to-machine as a workspace has it (RFC 6749, section 4.4; RFC 8414): gives the `Authorization` header of
 * a program that logs in by client id and secret. The token is kept, and renewed before it ends; callers at the same
 * time share one exchange.
 */
export class MachineLogin {
  readonly #options: MachineLoginOptions;
  readonly #fetch: typeof fetch;
  readonly #clock: Clock;
  #token: Token | undefined;
  #exchange: Promise<Token> | undefined;

  constructor(options: MachineLoginOptions) {
    this.#options = options;
    // An exchange may be made twice: the first token then just runs out.
    this.#fetch = retryingFetch(options.fetch, options.retry ?? DEFAULT_RETRY_POLICY, METHODS);
    this.#clock = options.clock ?? systemClock;
  }

  /** The signal ends the waiting, not the exchange, which others may wait for too. */
  async authorization(signal?: AbortSignal): Promise<string> {
    throwIfAborted(signal);
    if (this.#token !== undefined && this.#clock.nowMs() < this.#token.renewAtMs) {
      return this.#token.authorization;
    }
    this.#exchange ??= this.#renew().finally(() => (this.#exchange = undefined));
    return (await unlessAborted(this.#exchange, signal)).authorization;
  }

  async #renew(): Promise<Token> {
    const endpoint = await this.#findTokenEndpoint();
    const { clientId, clientSecret } = this.#options;
    const answer = await this.#askJson(endpoint, {
      method: "POST",
      headers: { Authorization: basic(clientId, clientSecret) },
      body: new URLSearchParams({ grant_type: "client_credentials", scope: "all-apis" }),
    });
    const { access_token: token, expires_in: lifetimeS = LIFETIME_DEFAULT_S } = answer;
    if (typeof token !== "string" || !(Number(lifetimeS) > 0)) throw notUnderstood(endpoint, "access_token");
    const lifetimeMs = Number(lifetimeS) * 1000;
    const renewAtMs = this.#clock.nowMs() + Math.max(lifetimeMs - RENEW_BEFORE_MS, lifetimeMs / 2);
    this.#token = { authorization: `Bearer ${token}`, renewAtMs };
    return this.#token;
  }

  async #findTokenEndpoint(): Promise<string> {
    const { host } = this.#options;
    const url = host + DISCOVERY_PATH;
    const { token_endpoint: endpoint } = await this.#askJson(url, {});
    const found = typeof endpoint === "string" ? URL.parse(endpoint) : null;
    if (found === null) throw notUnderstood(url, "token_endpoint");
    // The secret goes there: in the open only to where the user has sent it himself.
    if (found.protocol === "https:" || found.origin === host) return found.href;
    const message = `${url} names a token endpoint without https, which gets no client secret: ${found.href}`;
    throw new AppError("PERMISSION_DENIED", message);
  }

  async #askJson(url: string, init: RequestInit): Promise<Readonly<Record<string, unknown>>> {
    const response = await this.#send(url, init);
    const text = await response.text();
    const body = parseObject(text);
    if (response.ok && body !== undefined) return body;
    const reasons = ["error_description", "message", "error"].map((field) => body?.[field]);
    const reason = reasons.find((each) => typeof each === "string") ?? "no reason given";
    const code = response.status === 404 ? "ENDPOINT_NOT_FOUND" : "UNAUTHENTICATED";
    throw new AppError(code, `${url} gives no OAuth token (HTTP ${response.status}): ${reason}`);
  }

  async #send(url: string, init: RequestInit): Promise<Response> {
    try {
      // A redirect could carry the secret on to another place.
      return await this.#fetch(url, { ...init, redirect: "error", signal: AbortSignal.timeout(TIMEOUT_MS) });
    } catch (cause) {
      const reason = cause instanceof Error && cause.cause !== undefined ? cause.cause : cause;
      const message = `${url} could not be reached: ${messageOf(reason)}`;
      throw new AppError("TEMPORARILY_UNAVAILABLE", message, { cause });
    }
  }
}

/** Both parts form-encoded (RFC 6749, section 2.3.1). */
function basic(clientId: string, clientSecret: string): string {
  const formEncoded = (text: string): string =>
    new URLSearchParams({ x: text }).toString().slice("x=".length);
  return `Basic ${btoa(`${formEncoded(clientId)}:${formEncoded(clientSecret)}`)}`;
}

function parseObject(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    // An object's fields are unknown, and asked for one by one.
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

function notUnderstood(url: string, field: string): AppError {
  return new AppError("INTERNAL_ERROR", `the answer of ${url} is not understood: it has no ${field}`);
}

async function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return promise;
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const onAbort = (): void => reject(cancelled(signal));
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}
