import { AppError, cancelled, isAppError, Random, sleep } from "@flightdeck/core";
import { type Endpoint, errorFromWire, type RequestInputOf, type ResponseOf } from "@flightdeck/protocol";
import { type EncodedRequest, encodeRequest } from "./encode-request.ts";
import { parseTrackingUri } from "./parse-tracking-uri.ts";
import {
  DEFAULT_RETRY_POLICY,
  type Failure,
  mayRetry,
  parseRetryAfter,
  retryDelayMs,
  type RetryPolicy,
} from "./retry-policy.ts";
import { withUnknownFields } from "./with-unknown-fields.ts";

export type RestClientOptions = {
  /** `http(s)://host[:port][/prefix]`; credentials in it are used for basic authentication. */
  readonly trackingUri: string;
  /** Sent as `Authorization: Bearer`; wins over a username. */
  readonly token?: string | undefined;
  readonly username?: string | undefined;
  readonly password?: string | undefined;
  /** Gives the `Authorization` header where it changes with time, asked before every request; wins over a token. */
  readonly authorize?: Authorize | undefined;
  /** Who asks; not in a browser, which says so itself. */
  readonly userAgent?: string | undefined;
  readonly fetch?: typeof fetch | undefined;
  /** Cancels every call of this client. */
  readonly signal?: AbortSignal | undefined;
  readonly retry?: Partial<RetryPolicy> | undefined;
  /** Where the jitter comes from; tests bring their own. */
  readonly random?: Random | undefined;
};

export type Authorize = (signal?: AbortSignal) => Promise<string>;

export type CallOptions = { readonly signal?: AbortSignal | undefined };

/** MLflow's own bound (`MLFLOW_HTTP_REQUEST_TIMEOUT`): the longest search answers within it. */
const REQUEST_TIMEOUT_MS = 120_000;
const SHOWN_BODY_CHARS_MAX = 200; // Enough to recognise a proxy's page in an error message.

type Failed = { readonly error: AppError; readonly failure: TryFailure };
type Outcome = { readonly body: unknown } | Failed;
type TryFailure = Failure & { readonly retryAfterMs?: number | undefined };

/**
 * Calls the protocol's endpoints over HTTP. Runs in Node and in a browser. Safe for concurrent use.
 *
 * Errors are `AppError` with the server's code and message; `TEMPORARILY_UNAVAILABLE` when it cannot be reached,
 * `DEADLINE_EXCEEDED` when it does not answer within two minutes, `CANCELLED` when a signal fired.
 *
 * @example
 * ```ts
 * const rest = new RestClient({ trackingUri: "http://127.0.0.1:5000" });
 * const { run } = await rest.call(endpoints.getRun, { run_id: runId });
 * ```
 */
export class RestClient {
  /** Without a trailing slash, without credentials. */
  readonly baseUrl: string;
  /** What authenticates this client, unless that changes with time; artifact transfers send it too. */
  readonly headers: Readonly<Record<string, string>>;
  private readonly fetch: typeof fetch;
  private readonly authorize: Authorize | undefined;
  private readonly signal: AbortSignal | undefined;
  private readonly retry: RetryPolicy;
  private readonly random: Random;

  constructor(options: RestClientOptions) {
    const server = parseTrackingUri(options.trackingUri);
    this.baseUrl = server.baseUrl;
    this.headers = headersOf({ ...options, ...server, ...withoutUndefined(options) });
    this.fetch = options.fetch ?? globalThis.fetch.bind(globalThis);
    this.authorize = options.authorize;
    this.signal = options.signal;
    this.retry = { ...DEFAULT_RETRY_POLICY, ...options.retry };
    this.random = options.random ?? new Random(Date.now());
  }

  /** Sends one request, with bounded retries where repeating it is safe, and parses the answer once. */
  async call<TEndpoint extends Endpoint>(
    endpoint: TEndpoint,
    request: RequestInputOf<TEndpoint>,
    options: CallOptions = {},
  ): Promise<ResponseOf<TEndpoint>> {
    return parseResponse(endpoint, await this.answerTo(endpoint, request, options));
  }

  /** As `call`, and keeps what the answer has beside: a workspace of Databricks knows more fields than we do. */
  async callWhole<TEndpoint extends Endpoint>(
    endpoint: TEndpoint,
    request: RequestInputOf<TEndpoint>,
    options: CallOptions = {},
  ): Promise<ResponseOf<TEndpoint>> {
    const answer = await this.answerTo(endpoint, request, options);
    // It has all fields of the parsed answer, unchanged.
    return withUnknownFields(parseResponse(endpoint, answer), answer) as ResponseOf<TEndpoint>;
  }

  private async answerTo(endpoint: Endpoint, request: unknown, options: CallOptions): Promise<unknown> {
    // Every request schema is an object, which the table's general type does not say.
    const encoded = encodeRequest(endpoint, request as Readonly<Record<string, unknown>>);
    const signal = anySignal(this.signal, options.signal);
    for (let attempt = 1; ; attempt++) {
      const outcome = await this.try(encoded, await this.currentHeaders(signal), signal);
      if ("body" in outcome) return outcome.body;
      if (attempt >= this.retry.attemptsMax || !mayRetry(endpoint, outcome.failure)) throw outcome.error;
      await sleep(retryDelayMs(this.retry, attempt, outcome.failure.retryAfterMs, this.random), signal);
    }
  }

  /**
   * A `fetch` for what is no entry of the endpoint table, bytes say: with this client's login for its own server, and for
   * no other.
   */
  readonly serverFetch: typeof fetch = async (input, init) => {
    if (originOf(input) !== new URL(this.baseUrl).origin) return this.fetch(input, init);
    const headers = new Headers(init?.headers);
    const login = await this.currentHeaders(init?.signal ?? undefined);
    for (const [name, value] of Object.entries(login)) headers.set(name, value);
    return this.fetch(input, { ...init, headers });
  };

  /**
   * Sends what is no entry of the endpoint table, once. `path` begins with `/`. An answer that is no success throws its
   * error; the body of one that is waits to be read.
   */
  async send(path: string, init: RequestInit & CallOptions = {}): Promise<Response> {
    const signal = anySignal(this.signal, init.signal);
    const shown = `${init.method ?? "GET"} ${this.baseUrl}${path.split("?", 1)[0]}`;
    const response = await this.serverFetch(this.baseUrl + path, { ...init, signal: signal ?? null }).catch(
      (cause: unknown) => {
        if (signal?.aborted) throw cancelled(signal);
        throw isAppError(cause) ? cause : noAnswer(shown, cause).error;
      },
    );
    if (response.ok) return response;
    const text = await response.text();
    throw answeredError(shown, response, parseJson(text) ?? text);
  }

  private async currentHeaders(signal?: AbortSignal): Promise<Readonly<Record<string, string>>> {
    if (this.authorize === undefined) return this.headers;
    return { ...this.headers, Authorization: await this.authorize(signal) };
  }

  private async try(
    { method, path, body }: EncodedRequest,
    headers: Readonly<Record<string, string>>,
    signal?: AbortSignal,
  ): Promise<Outcome> {
    const url = this.baseUrl + path;
    const shown = `${method} ${url.split("?", 1)[0]}`;
    const timeout = AbortSignal.timeout(REQUEST_TIMEOUT_MS);
    try {
      const response = await this.fetch(url, {
        method,
        headers: body === undefined ? headers : { ...headers, "Content-Type": "application/json" },
        ...(body !== undefined && { body }),
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
  const body = parseJson(text);
  if (response.ok && body !== undefined) return { body };
  const retryAfterMs = parseRetryAfter(response.headers.get("Retry-After"), Date.now());
  return {
    error: answeredError(shown, response, body ?? text),
    failure: { status: response.status, retryAfterMs },
  };
}

/** A server's own error; or, for anything that is not one, what answered and how it began. */
function answeredError(shown: string, response: Response, body: unknown): AppError {
  if (typeof body !== "string") return errorFromWire(response.status, body);
  const start = body.slice(0, SHOWN_BODY_CHARS_MAX);
  const { code } = errorFromWire(response.status, undefined);
  return new AppError(code, `${shown} answered HTTP ${response.status} without JSON: ${start}`);
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

/** Node's fetch hides the reason ("connect ECONNREFUSED …") one or two causes down. */
function rootMessage(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? rootMessage(error.cause) : error.message || errorCode(error);
}

/** Codes of Node's resolver and sockets for a connection that never came about. */
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
  if (parsed.success) return parsed.data as ResponseOf<TEndpoint>; // The schema is the endpoint's own.
  const issue = parsed.error.issues[0];
  const field = issue?.path.map(String).join(".") ?? "";
  const message = `the server's answer to ${endpoint.path} is not understood: ${field}: ${issue?.message}`;
  throw new AppError("INTERNAL_ERROR", message, { cause: parsed.error });
}

/** An empty body stands for an empty message; undefined means that the text is no JSON. */
function parseJson(text: string): unknown {
  if (text === "") return {};
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

type Credentials = Pick<RestClientOptions, "token" | "username" | "password">;

function headersOf({ userAgent, ...credentials }: RestClientOptions): Record<string, string> {
  return { ...(userAgent !== undefined && { "User-Agent": userAgent }), ...authorization(credentials) };
}

function originOf(input: Parameters<typeof fetch>[0]): string {
  return new URL(input instanceof Request ? input.url : input).origin;
}

function authorization({ token, username, password = "" }: Credentials): Record<string, string> {
  if (token !== undefined) return { Authorization: `Bearer ${token}` };
  if (username === undefined) return {};
  const bytes = new TextEncoder().encode(`${username}:${password}`);
  return { Authorization: `Basic ${btoa(String.fromCharCode(...bytes))}` };
}

function withoutUndefined({ token, username, password }: RestClientOptions): Credentials {
  return {
    ...(token !== undefined && { token }),
    ...(username !== undefined && { username }),
    ...(password !== undefined && { password }),
  };
}

function anySignal(a: AbortSignal | undefined, b: AbortSignal | undefined): AbortSignal | undefined {
  return a !== undefined && b !== undefined ? AbortSignal.any([a, b]) : (a ?? b);
}
