import {
  AppError,
  type Clock,
  isObject,
  messageOf,
  systemClock,
  throwIfAborted,
  tryParseJson,
  unlessAborted,
} from "@flightdeck/core";
import { DEFAULT_RETRY_POLICY, retryingFetch, type RetryPolicy } from "../rest/retry.ts";

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
/** How long before its expiry a token is renewed: longer than any request waits for the response to begin. */
const RENEW_BEFORE_MS = 120_000;
/** RFC 6749, section 5.1, lets a server omit the lifetime. Databricks' own tokens last an hour. */
const LIFETIME_DEFAULT_S = 3600;
/** The response is a few hundred bytes; a server that takes longer than this is asked again. */
const TIMEOUT_MS = 30_000;
const METHODS: ReadonlySet<string> = new Set(["GET", "POST"]);

/**
 * OAuth machine-to-machine login to a workspace (RFC 6749, section 4.4; RFC 8414): provides the `Authorization` header
 * for a program with a client id and secret. The token is cached and renewed before it expires; concurrent callers
 * share one exchange.
 */
export class MachineLogin {
  readonly #options: MachineLoginOptions;
  readonly #fetch: typeof fetch;
  readonly #clock: Clock;
  #token: Token | undefined;
  #exchange: Promise<Token> | undefined;

  constructor(options: MachineLoginOptions) {
    this.#options = options;
    // Repeating an exchange is safe: the first token just expires.
    this.#fetch = retryingFetch(options.fetch, options.retry ?? DEFAULT_RETRY_POLICY, METHODS);
    this.#clock = options.clock ?? systemClock;
  }

  /** The signal stops only this caller's wait; other callers may be waiting for the same exchange. */
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
    // The client secret is sent there. Without https it goes only to the host that the user configured.
    if (found.protocol === "https:" || found.origin === host) return found.href;
    const message = `${url} names a token endpoint without https; the client secret is not sent to it: ${found.href}`;
    throw new AppError("PERMISSION_DENIED", message);
  }

  async #askJson(url: string, init: RequestInit): Promise<Readonly<Record<string, unknown>>> {
    const response = await this.#send(url, init);
    const text = await response.text();
    const answer = tryParseJson(text);
    const body = isObject(answer) ? answer : undefined;
    if (response.ok && body !== undefined) return body;
    const reasons = ["error_description", "message", "error"].map((field) => body?.[field]);
    const reason = reasons.find((each) => typeof each === "string") ?? "no reason given";
    const code = response.status === 404 ? "ENDPOINT_NOT_FOUND" : "UNAUTHENTICATED";
    throw new AppError(code, `${url} did not return an OAuth token (HTTP ${response.status}): ${reason}`);
  }

  async #send(url: string, init: RequestInit): Promise<Response> {
    try {
      // A redirect could send the secret to another host.
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

function notUnderstood(url: string, field: string): AppError {
  return new AppError("INTERNAL_ERROR", `unexpected response from ${url}: it has no ${field}`);
}
