import { AppError, cancelled, messageOf, sleep } from "@flightdeck/core";
import { BlockCache } from "./block-cache.ts";
import type { ByteSource, OpenOptions } from "./byte-source.ts";
import { DiskCache } from "./disk-cache.ts";
import { readBody } from "./read-body.ts";

/** 1 MB per block: few requests on a slow link, little waste if only some columns are needed. */
const BLOCK_BYTES = 1 << 20;
/** 64 MB of blocks: a row group of a typical file, and a limit on memory for any file size. */
const BLOCK_COUNT_MAX = 64;
/** A server without ranges sends the whole file, which must fit in memory along with the columns. */
const FULL_BODY_BYTES_MAX = 1 << 30;
/** Total number of attempts, for a dropped connection or an overloaded server. */
const ATTEMPT_COUNT_MAX = 3;
/** The first wait between attempts; it doubles each time. */
const RETRY_WAIT_MS = 250;
/** How long a server may take to respond before the attempt counts as failed. */
const ANSWER_WAIT_MS = 30_000;

/**
 * Opens a file on a web server: with range requests if the server supports them, otherwise with one request for the
 * whole file.
 */
export async function openHttp(url: string, options: OpenOptions): Promise<ByteSource> {
  const link = linkOf(url, options);
  const disk = options.cache && new DiskCache(options.cache);
  const first = await request(link, `bytes=0-${BLOCK_BYTES - 1}`);
  if (first.status === 416) return wholeFile(new ArrayBuffer(0)); // An empty file has no first byte.
  const byteLength = totalOf(first);
  if (byteLength !== undefined) return openRanges(link, first, { byteLength, disk });
  if (first.status === 200) return wholeFile(await bodyOf(link, first, FULL_BODY_BYTES_MAX));
  await first.body?.cancel();
  return wholeFile(await bodyOf(link, await request(link, undefined), FULL_BODY_BYTES_MAX));
}

type Link = {
  readonly url: string;
  /** The URL for messages, without user, password and query, which often contain credentials. */
  readonly shown: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly signal: AbortSignal | undefined;
};

/** fetch refuses URLs with a user and password, so they are sent as an Authorization header instead. */
function linkOf(text: string, { headers, signal }: OpenOptions): Link {
  if (!URL.canParse(text)) throw new AppError("INVALID_PARAMETER_VALUE", "not a valid http(s) URL");
  const url = new URL(text);
  const login = decoded(`${url.username}:${url.password}`);
  const basic = login === ":" ? {} : { authorization: `Basic ${Buffer.from(login).toString("base64")}` };
  url.username = "";
  url.password = "";
  // Ranges of a compressed body cannot be reassembled.
  const all = { ...basic, ...headers, "accept-encoding": "identity" };
  return { url: url.href, shown: url.origin + url.pathname, headers: all, signal };
}

function decoded(login: string): string {
  try {
    return decodeURIComponent(login);
  } catch (cause) {
    const message = "the user and password of a URL must be percent-encoded UTF-8";
    throw new AppError("INVALID_PARAMETER_VALUE", message, { cause });
  }
}

type Ranges = { readonly byteLength: number; readonly disk: DiskCache | undefined };

async function openRanges(link: Link, first: Response, { byteLength, disk }: Ranges): Promise<ByteSource> {
  const etag = first.headers.get("etag");
  const fetchRun = async (start: number, end: number): Promise<ArrayBuffer> => {
    const response = await request(link, `bytes=${start}-${end - 1}`);
    const unchanged = totalOf(response) === byteLength && response.headers.get("etag") === etag;
    if (!unchanged) throw new AppError("IO_ERROR", `${link.shown} changed while it was read`);
    return exactly(link, await bodyOf(link, response, end - start), end - start);
  };
  // A weak ETag does not guarantee identical bytes.
  const isStrong = etag?.startsWith('"') === true;
  const version = { url: link.shown, etag: etag ?? "", byteLength, blockBytes: BLOCK_BYTES };
  const read = disk && isStrong ? disk.through(version, fetchRun) : fetchRun;
  const options = { byteLength, blockBytes: BLOCK_BYTES, blockCountMax: BLOCK_COUNT_MAX, read };
  const cache = new BlockCache(options);
  const firstBytes = Math.min(BLOCK_BYTES, byteLength);
  cache.putFirst(new Uint8Array(exactly(link, await bodyOf(link, first, firstBytes), firstBytes)));
  return { byteLength, slice: (start, end) => cache.slice(start, end) };
}

function wholeFile(bytes: ArrayBuffer): ByteSource {
  return { byteLength: bytes.byteLength, slice: (start, end) => Promise.resolve(bytes.slice(start, end)) };
}

/** The file's length from `Content-Range: bytes 0-99/1234`; undefined if the server sent no range or no length. */
function totalOf(response: Response): number | undefined {
  if (response.status !== 206) return undefined;
  const total = /^bytes \d+-\d+\/(\d+)$/.exec(response.headers.get("content-range") ?? "")?.[1];
  return total === undefined ? undefined : Number(total);
}

function exactly(link: Link, bytes: ArrayBuffer, expected: number): ArrayBuffer {
  if (bytes.byteLength === expected) return bytes;
  const message = `${link.shown}: the server sent ${bytes.byteLength} bytes of a range of ${expected}`;
  throw new AppError("IO_ERROR", message);
}

async function bodyOf(link: Link, response: Response, bytesMax: number): Promise<ArrayBuffer> {
  return readBody(response, { shown: link.shown, bytesMax, signal: link.signal });
}

/** Sends a request with retries. Returns responses with status 200, 206 and 416; throws for any other. */
async function request(link: Link, range: string | undefined): Promise<Response> {
  for (let attempt = 1; ; attempt++) {
    const outcome = await attemptRequest(link, range);
    if (outcome instanceof Response) return outcome;
    const again = outcome.code === "TEMPORARILY_UNAVAILABLE" && attempt < ATTEMPT_COUNT_MAX;
    if (!again) throw outcome;
    await sleep(RETRY_WAIT_MS * 2 ** (attempt - 1), link.signal);
  }
}

async function attemptRequest(link: Link, range: string | undefined): Promise<Response | AppError> {
  const { signal, headers } = link;
  const timeout = new AbortController();
  const timer = setTimeout(() => timeout.abort(), ANSWER_WAIT_MS);
  try {
    const response = await fetch(link.url, {
      headers: range === undefined ? headers : { ...headers, range },
      signal: signal ? AbortSignal.any([signal, timeout.signal]) : timeout.signal,
    });
    if (response.ok || response.status === 416) return response;
    await response.body?.cancel();
    return statusError(link.shown, response.status);
  } catch (cause) {
    if (signal?.aborted) return cancelled(signal);
    return unreachableError(link.shown, timeout.signal.aborted ? `no answer in ${ANSWER_WAIT_MS} ms` : cause);
  } finally {
    clearTimeout(timer);
  }
}

function statusError(shown: string, status: number): AppError {
  if (status === 404 || status === 410) {
    return new AppError("RESOURCE_DOES_NOT_EXIST", `${shown} does not exist (HTTP ${status})`);
  }
  if (status === 401 || status === 403) {
    return new AppError("PERMISSION_DENIED", `${shown} may not be read (HTTP ${status})`);
  }
  const passing = status === 408 || status === 429 || status >= 500;
  return new AppError(passing ? "TEMPORARILY_UNAVAILABLE" : "IO_ERROR", `${shown} answered HTTP ${status}`);
}

function unreachableError(shown: string, cause: unknown): AppError {
  const inner = cause instanceof Error && cause.cause !== undefined ? cause.cause : cause;
  return new AppError("TEMPORARILY_UNAVAILABLE", `${shown} could not be reached: ${messageOf(inner)}`, {
    cause,
  });
}
