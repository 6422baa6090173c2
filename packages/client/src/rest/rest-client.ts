import { AppError, cancelled, invalid, isAppError, Random, sleep, tryParseJson } from "@flightdeck/core";
import { type Endpoint, errorFromWire, type RequestInputOf, type ResponseOf } from "@flightdeck/protocol";
import { type EncodedRequest, encodeRequest, withUnknownFields } from "./encode-request.ts";
import {
  DEFAULT_RETRY_POLICY,
  type Failure,
  mayRetry,
  parseRetryAfter,
  retryDelayMs,
  type RetryPolicy,
} from "./retry.ts";

/** A server, and the login and retry policy to use for it. */
export type RestClientOptions = {
  /** `http(s)://host[:port][/prefix]`; credentials in it are used for basic authentication. */
  readonly trackingUri: string;
  /** Sent as `Authorization: Bearer`. A username with a password takes precedence, as in MLflow's own client. */
  readonly token?: string | undefined;
  readonly username?: string | undefined;
  readonly password?: string | undefined;
  /**
   * Provides an `Authorization` header that changes over time. Called before every request; takes precedence over the
   * above.
   */
  readonly authorize?: Authorize | undefined;
  /** The `User-Agent` header. Not for use in a browser, which sets its own. */
  readonly userAgent?: string | undefined;
  readonly fetch?: typeof fetch | undefined;
  /** Cancels every call of this client. */
  readonly signal?: AbortSignal | undefined;
  readonly retry?: Partial<RetryPolicy> | undefined;
  /** Called before each pause with the error and the number of attempts so far (from 1). */
  readonly onRetry?: ((error: AppError, attempt: number) => void) | undefined;
  /** The source of the jitter; tests pass their own. */
  readonly random?: Random | undefined;
};

/**
 * Returns the value of the `Authorization` header, such as `Bearer …`. Called before every request; rejects with
 * `CANCELLED` when the signal fires.
 */
export type Authorize = (signal?: AbortSignal) => Promise<string>;

/**
 * Options of one call. When the signal fires, the call rejects with `CANCELLED`; the server may still have carried it
 * out.
 */
export type CallOptions = { readonly signal?: AbortSignal | undefined };

/** MLflow's default (`MLFLOW_HTTP_REQUEST_TIMEOUT`); the longest search takes less. */
const REQUEST_TIMEOUT_MS = 120_000;

const SHOWN_BODY_CHARS_MAX = 200; // Enough to recognise a proxy's page in an error message.

type Failed = { readonly error: AppError; readonly failure: TryFailure };

type Outcome = { readonly body: unknown } | Failed;

type TryFailure = Failure & { readonly retryAfterMs?: number | undefined };

/** The address of a tracking server, and the credentials that were part of it. */
type TrackingServer = {
  /** Without a trailing slash or credentials. */
  readonly baseUrl: string;
  readonly username?: string | undefined;
  readonly password?: string | undefined;
};

/**
 * Calls the protocol's endpoints over HTTP. Runs in Node and in a browser. Safe for concurrent use.
 *
 * Throws `AppError` with the server's code and message; `TEMPORARILY_UNAVAILABLE` when it cannot be reached,
 * `DEADLINE_EXCEEDED` when it does not answer within two minutes, `CANCELLED` when a signal fired.
 *
 * @example
 * ```ts
 * const rest = new RestClient({ trackingUri: "http://127.0.0.1:5000" });
 * const { run } = await rest.call(endpoints.getRun, { run_id: runId });
 * ```
 */
export class RestClient {
  /** Without a trailing slash or credentials. */
  readonly baseUrl: string;
  /** Authentication headers, unless the login changes over time. Artifact transfers send them too. */
  readonly headers: Readonly<Record<string, string>>;
  readonly #fetch: typeof fetch;
  readonly #authorize: Authorize | undefined;
  readonly #signal: AbortSignal | undefined;
  readonly #retry: RetryPolicy;
  readonly #onRetry: RestClientOptions["onRetry"];
  readonly #random: Random;

  constructor(options: RestClientOptions) {
    const server = parseTrackingUri(options.trackingUri);
    this.baseUrl = server.baseUrl;
    this.headers = headersOf(options, server);
    this.#fetch = options.fetch ?? globalThis.fetch.bind(globalThis);
    this.#authorize = options.authorize;
    this.#signal = options.signal;
    this.#retry = { ...DEFAULT_RETRY_POLICY, ...options.retry };
    this.#onRetry = options.onRetry;
    this.#random = options.random ?? new Random(Date.now());
  }

  /** Sends one request, with bounded retries where repeating it is safe, and parses the response. */
  async call<TEndpoint extends Endpoint>(
    endpoint: TEndpoint,
    request: RequestInputOf<TEndpoint>,
    options: CallOptions = {},
  ): Promise<ResponseOf<TEndpoint>> {
    return parseResponse(endpoint, await this.#answerTo(endpoint, request, options));
  }

  /** Like `call`, but keeps unknown fields of the response: Databricks has more fields than we do. */
  async callWhole<TEndpoint extends Endpoint>(
    endpoint: TEndpoint,
    request: RequestInputOf<TEndpoint>,
    options: CallOptions = {},
  ): Promise<ResponseOf<TEndpoint>> {
    const answer = await this.#answerTo(endpoint, request, options);
    // The result has all fields of the parsed response, unchanged.
    return withUnknownFields(parseResponse(endpoint, answer), answer) as ResponseOf<TEndpoint>;
  }

  async #answerTo(endpoint: Endpoint, request: unknown, options: CallOptions): Promise<unknown> {
    // Every request schema is an object, but the endpoint table's general type does not say so.
    const encoded = encodeRequest(endpoint, request as Readonly<Record<string, unknown>>);
    const signal = anySignal(this.#signal, options.signal);
    for (let attempt = 1; ; attempt++) {
      const outcome = await this.#try(encoded, await this.#currentHeaders(signal), signal);
      if ("body" in outcome) return outcome.body;
      if (attempt >= this.#retry.attemptsMax || !mayRetry(endpoint, outcome.failure)) throw outcome.error;
      this.#onRetry?.(outcome.error, attempt);
      await sleep(retryDelayMs(this.#retry, attempt, outcome.failure.retryAfterMs, this.#random), signal);
    }
  }

  /**
   * A `fetch` for requests outside the endpoint table, such as file transfers. Sends this client's login to its own
   * server only.
   */
  readonly serverFetch: typeof fetch = async (input, init) => {
    if (originOf(input) !== new URL(this.baseUrl).origin) return await this.#fetch(input, init);
    const headers = new Headers(init?.headers);
    const login = await this.#currentHeaders(init?.signal ?? undefined);
    for (const [name, value] of Object.entries(login)) headers.set(name, value);
    return await this.#fetch(input, { ...init, headers });
  };

  /**
   * Sends a request outside the endpoint table, without retries. `path` begins with `/`. Throws the server's error
   * unless the response is a success; the caller must consume the response body.
   */
  async send(path: string, init: Omit<RequestInit, "signal"> & CallOptions = {}): Promise<Response> {
    const signal = anySignal(this.#signal, init.signal);
    const shown = `${init.method ?? "GET"} ${this.baseUrl}${path.split("?", 1)[0]}`;
    const response = await this.serverFetch(this.baseUrl + path, { ...init, signal: signal ?? null }).catch(
      (cause: unknown) => {
        if (signal?.aborted) throw cancelled(signal);
        throw isAppError(cause) ? cause : noAnswer(shown, cause).error;
      },
    );
    if (response.ok) return response;
    const text = await response.text();
    throw answeredError(shown, response, parseBody(text) ?? text);
  }

  async #currentHeaders(signal?: AbortSignal): Promise<Readonly<Record<string, string>>> {
    if (this.#authorize === undefined) return this.headers;
    return { ...this.headers, Authorization: await this.#authorize(signal) };
  }

  async #try(
    { method, path, body }: EncodedRequest,
    headers: Readonly<Record<string, string>>,
    signal?: AbortSignal,
  ): Promise<Outcome> {
    const url = this.baseUrl + path;
    const shown = `${method} ${url.split("?", 1)[0]}`;
    const timeout = AbortSignal.timeout(REQUEST_TIMEOUT_MS);
    try {
      const response = await this.#fetch(url, {
        method,
        headers: body === undefined ? headers : { ...headers, "Content-Type": "application/json" },
        body: body ?? null,
        signal: anySignal(timeout, signal) ?? timeout,
      });
      return await readOutcome(shown, response);
    } catch (cause) {
      if (signal?.aborted) throw cancelled(signal);
      return noAnswer(shown, cause);
    }
  }
}

async function readOutcome(shown: string, response: Response): Promise<Outcome> {
  const text = await response.text();
  const body = parseBody(text);
  if (response.ok && body !== undefined) return { body };
  const retryAfterMs = parseRetryAfter(response.headers.get("Retry-After"), Date.now());
  return {
    error: answeredError(shown, response, body ?? text),
    failure: { status: response.status, retryAfterMs },
  };
}

/** The server's own error; for any other body, an error with the URL and the beginning of the body. */
function answeredError(shown: string, response: Response, body: unknown): AppError {
  if (typeof body !== "string") return errorFromWire(response.status, body);
  const start = body.slice(0, SHOWN_BODY_CHARS_MAX);
  const { code } = errorFromWire(response.status, undefined);
  return new AppError(
    code,
    `${shown} answered HTTP ${response.status} with a body that is not JSON: ${start}`,
  );
}

function noAnswer(shown: string, cause: unknown): Failed {
  if (cause instanceof DOMException && cause.name === "TimeoutError") {
    const message = `${shown} did not answer within ${REQUEST_TIMEOUT_MS / 1000} s`;
    return { error: new AppError("DEADLINE_EXCEEDED", message, { cause }), failure: {} };
  }
  const message = `${shown} could not be reached: ${rootMessage(cause)}`;
  const error = new AppError("TEMPORARILY_UNAVAILABLE", message, { cause });
  return { error, failure: { unsent: wasUnsent(cause) } };
}

/** Node's fetch nests the reason ("connect ECONNREFUSED …") one or two causes deep. */
function rootMessage(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? rootMessage(error.cause) : error.message || errorCode(error);
}

/** Error codes of Node's resolver and sockets for a connection that was never established. */
const UNSENT_CODES: ReadonlySet<string> = new Set([
  "ECONNREFUSED",
  "ENOTFOUND",
  "EAI_AGAIN",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "UND_ERR_CONNECT_TIMEOUT",
]);

function wasUnsent(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  return UNSENT_CODES.has(errorCode(error)) || wasUnsent(error.cause);
}

function errorCode(error: Error): string {
  return "code" in error ? String(error.code) : "";
}

function parseResponse<TEndpoint extends Endpoint>(
  endpoint: TEndpoint,
  body: unknown,
): ResponseOf<TEndpoint> {
  const parsed = endpoint.response.safeParse(body);
  if (parsed.success) return parsed.data as ResponseOf<TEndpoint>; // Parsed by this endpoint's schema.
  const issue = parsed.error.issues[0];
  const field = issue?.path.map(String).join(".") ?? "";
  const message = `unexpected response to ${endpoint.path}: ${field}: ${issue?.message}`;
  throw new AppError("INTERNAL_ERROR", message, { cause: parsed.error });
}

/** An empty body counts as an empty message. Undefined if the text is not JSON. */
function parseBody(text: string): unknown {
  return text === "" ? {} : tryParseJson(text);
}

type Credentials = Pick<RestClientOptions, "token" | "username" | "password">;

/** Options take precedence over credentials in the address. */
function headersOf(options: RestClientOptions, server: TrackingServer): Record<string, string> {
  const { userAgent, token, username = server.username, password = server.password } = options;
  const headers = authorization({ token, username, password });
  return userAgent === undefined ? headers : { "User-Agent": userAgent, ...headers };
}

function originOf(input: Parameters<typeof fetch>[0]): string {
  return new URL(input instanceof Request ? input.url : input).origin;
}

function authorization({ token, username, password = "" }: Credentials): Record<string, string> {
  if (token !== undefined && (username === undefined || password === ""))
    return { Authorization: `Bearer ${token}` };
  if (username === undefined) return {};
  const bytes = new TextEncoder().encode(`${username}:${password}`);
  return { Authorization: `Basic ${btoa(String.fromCharCode(...bytes))}` };
}

function anySignal(a: AbortSignal | undefined, b: AbortSignal | undefined): AbortSignal | undefined {
  return a !== undefined && b !== undefined ? AbortSignal.any([a, b]) : (a ?? b);
}

/**
 * Parses an http(s) tracking URI. Removes credentials (`http://user:password@host`) from the URL, since `fetch` rejects
 * them and error messages would show them. Throws `INVALID_PARAMETER_VALUE` for any other scheme.
 */
export function parseTrackingUri(trackingUri: string): TrackingServer {
  const url = URL.parse(trackingUri);
  if (url === null || (url.protocol !== "http:" && url.protocol !== "https:")) {
    throw invalid(`tracking URI must begin with http:// or https://, got ${JSON.stringify(trackingUri)}`);
  }
  const { username, password } = url;
  const baseUrl = `${url.origin}${url.pathname.replace(/(?<!\/)\/+$/, "")}`;
  if (username === "") return { baseUrl };
  return { baseUrl, username: decodeURIComponent(username), password: decodeURIComponent(password) };
}
