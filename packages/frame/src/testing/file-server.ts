import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export type FileServer = {
  readonly url: string;
  /** One entry per request: the Range header, or "" without one. */
  readonly ranges: string[];
  /** The Authorization headers received. */
  readonly logins: string[];
  close(): Promise<void>;
};

export type FileServerOptions = {
  readonly bytes: Uint8Array;
  readonly withRanges: boolean;
  /** The statuses of the first responses, one each, before the file is served. */
  readonly failFirst?: readonly number[];
  /** The ETag of the n-th request. */
  readonly etag?: (request: number) => string;
};

type Received = Pick<FileServer, "ranges" | "logins">;

/** Starts a web server on a free local port with one file at /flights.parquet, with or without range requests. */
export async function startFileServer(options: FileServerOptions): Promise<FileServer> {
  const state: Received = { ranges: [], logins: [] };
  const server = createServer((request, response) => answer(request, response, options, state));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  // The address of a TCP server is an object.
  const { port } = server.address() as AddressInfo;
  return Object.assign(state, {
    url: `http://127.0.0.1:${port}/flights.parquet`,
    close: () => close(server),
  });
}

function answer(
  request: IncomingMessage,
  response: ServerResponse,
  options: FileServerOptions,
  state: Received,
): void {
  const range = request.headers.range ?? "";
  state.ranges.push(range);
  if (request.headers.authorization) state.logins.push(request.headers.authorization);
  const failure = options.failFirst?.[state.ranges.length - 1];
  if (failure !== undefined) return void response.writeHead(failure).end();
  if (new URL(request.url ?? "/", "http://x").pathname !== "/flights.parquet") {
    return void response.writeHead(404).end();
  }
  const { bytes } = options;
  const [, first = "0", last = ""] = /^bytes=(\d+)-(\d+)$/.exec(range) ?? [];
  const partial = options.withRanges && range !== "";
  const body = partial ? bytes.subarray(Number(first), Number(last) + 1) : bytes;
  if (options.etag) response.setHeader("etag", options.etag(state.ranges.length));
  const end = Number(first) + body.length - 1;
  if (partial) response.setHeader("content-range", `bytes ${first}-${end}/${bytes.length}`);
  response.writeHead(partial ? 206 : 200).end(body);
}

function close(server: Server): Promise<void> {
  server.closeAllConnections();
  return new Promise((resolve) => server.close(() => resolve()));
}
