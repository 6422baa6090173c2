import { AppError, cancelled, isAppError, messageOf } from "@flightdeck/core";
import { errorFromWire } from "@flightdeck/protocol";
import { Readable } from "node:stream";
import type { ReadableStream } from "node:stream/web";
import { noSuchArtifact } from "../file-error.ts";
import {
  type ByteBounds,
  type ByteRange,
  type OpenedArtifact,
  checkRange,
  unsatisfiableRange,
} from "../artifact-repository.ts";

/** The built-in `fetch`, or one with retries. */
export type Fetch = typeof globalThis.fetch;

const RANGE_NOT_SATISFIABLE = 416;

export type ServerRequestsOptions = {
  /** Responsible for retries and timeouts. Default: the built-in `fetch`. */
  readonly fetch?: Fetch | undefined;
  /** Sent with every request, usually credentials. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
};

export type ServerRequest = Omit<RequestInit, "headers"> & {
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** The artifact's path, for error messages. */
  readonly subject: string;
};

type Download = {
  readonly subject: string;
  readonly range: ByteRange | undefined;
  readonly signal: AbortSignal | undefined;
};

type Upload = {
  readonly subject: string;
  readonly method: "PUT" | "POST";
  readonly content: Readable | Uint8Array;
  readonly signal: AbortSignal | undefined;
};

/** Sends artifact requests to a tracking server. Errors become `AppError`. */
export class ServerRequests {
  readonly #fetch: Fetch;
  readonly #headers: Readonly<Record<string, string>>;

  constructor({ fetch = globalThis.fetch, headers = {} }: ServerRequestsOptions) {
    this.#fetch = fetch;
    this.#headers = headers;
  }

  /** Sends a request. Throws for an error response, except 416, which it returns. */
  async send(url: string, { subject, headers, ...init }: ServerRequest): Promise<Response> {
    const response = await this.#request(url, {
      ...init,
      headers: { ...this.#headers, ...headers },
    });
    if (response.ok || response.status === RANGE_NOT_SATISFIABLE) return response;
    const error = errorFromWire(response.status, await readJson(response));
    // A 404 without MLflow's error code also means that the artifact is missing.
    throw response.status === 404 && error.code !== "RESOURCE_DOES_NOT_EXIST"
      ? noSuchArtifact(subject, error)
      : error;
  }

  /** Like `send`, but returns undefined when the artifact does not exist. */
  async find(url: string, request: ServerRequest): Promise<Response | undefined> {
    try {
      return await this.send(url, request);
    } catch (error) {
      if (isAppError(error, "RESOURCE_DOES_NOT_EXIST")) return undefined;
      throw error;
    }
  }

  /** Downloads the artifact at a URL, or a range of it. */
  async download(url: string, { subject, range, signal }: Download): Promise<OpenedArtifact> {
    const headers = range === undefined ? {} : { range: `bytes=${range.start}-${range.end ?? ""}` };
    return openBody(await this.send(url, { headers, signal: signal ?? null, subject }), range);
  }

  /** Uploads content to a URL, streaming if it is a stream. Returns the bytes sent. */
  async upload(url: string, { subject, method, content, signal }: Upload): Promise<number> {
    const { body, counter } = uploadBody(content);
    const headers = { "content-type": "application/octet-stream" };
    await this.perform(url, { method, headers, body, duplex: "half", signal: signal ?? null, subject });
    return counter.bytes;
  }

  /** Sends a request and discards the response body. */
  async perform(url: string, request: ServerRequest): Promise<void> {
    await (await this.send(url, request)).body?.cancel();
  }

  async #request(url: string, init: RequestInit): Promise<Response> {
    try {
      return await this.#fetch(url, init);
    } catch (error) {
      if (init.signal?.aborted) throw cancelled(init.signal);
      if (error instanceof AppError) throw error;
      const cause = error instanceof Error && error.cause !== undefined ? error.cause : error;
      if (cause instanceof AppError) throw cause; // Thrown by the content stream.
      const message = `cannot reach ${new URL(url).origin}: ${messageOf(cause)}`;
      throw new AppError("TEMPORARILY_UNAVAILABLE", message, { cause: error });
    }
  }
}

async function readJson(response: Response): Promise<unknown> {
  try {
    return await response.json();
  } catch {
    return undefined; // Not JSON, such as a proxy's error page. The status determines the error.
  }
}

/** The stream of a download response. Cuts out the range if the server ignored it and sent everything. */
export async function openBody(response: Response, range: ByteRange | undefined): Promise<OpenedArtifact> {
  if (response.status === 416) {
    await response.body?.cancel();
    throw unsatisfiableRange(range ?? { start: 0 }, totalOf(response));
  }
  const sizeBytes = totalOf(response) ?? Number(response.headers.get("content-length") ?? Number.NaN);
  const body = response.body === null ? Readable.from([]) : Readable.fromWeb(response.body);
  if (range === undefined || response.status === 206) return { stream: body, sizeBytes };
  const bounds = checkRange(range, sizeBytes);
  return { stream: Readable.from(cut(body, bounds), { objectMode: false }), sizeBytes };
}

/** The artifact's size from `Content-Range: bytes 0-99/1234`, which 416 responses also have. */
function totalOf(response: Response): number | undefined {
  const total = /\/(\d+)$/.exec(response.headers.get("content-range") ?? "")?.[1];
  return total === undefined ? undefined : Number(total);
}

async function* cut(body: Readable, { start, end }: ByteBounds): AsyncGenerator<Uint8Array> {
  let at = 0;
  for await (const chunk of body as AsyncIterable<Uint8Array>) {
    const wanted = chunk.subarray(Math.max(start - at, 0), Math.max(end + 1 - at, 0));
    at += chunk.byteLength;
    if (wanted.byteLength > 0) yield wanted;
    if (at > end) return;
  }
}

type UploadBody = {
  readonly body: Uint8Array<ArrayBuffer> | ReadableStream;
  /** The bytes sent so far. */
  readonly counter: { bytes: number };
};

/** Converts content to a `fetch` body that counts the bytes sent. */
export function uploadBody(content: Readable | Uint8Array): UploadBody {
  if (content instanceof Uint8Array) {
    // `fetch` does not accept views of a shared buffer, so copy it.
    return { body: new Uint8Array(content), counter: { bytes: content.byteLength } };
  }
  const counter = { bytes: 0 };
  return { body: Readable.toWeb(Readable.from(counted(content, counter), { objectMode: false })), counter };
}

async function* counted(content: Readable, counter: { bytes: number }): AsyncGenerator<Uint8Array> {
  for await (const chunk of content as AsyncIterable<unknown>) {
    if (!(chunk instanceof Uint8Array))
      throw new AppError("INVALID_PARAMETER_VALUE", "content must be bytes");
    counter.bytes += chunk.byteLength;
    yield chunk;
  }
}

/** The server's URL in a tracking URI. Throws when it is not http(s). */
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
