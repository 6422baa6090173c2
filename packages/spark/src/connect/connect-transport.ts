import type { Interceptor, Transport } from "@connectrpc/connect";
import { createGrpcTransport, Http2SessionManager } from "@connectrpc/connect-node";
import type { RemoteAddress } from "./remote-address.ts";

/** A connection to a Connect server; it opens on first use. */
export type Connection = {
  readonly transport: Transport;
  /** Drops the connection. Pending calls fail; the next call reconnects. */
  drop(reason: Error): void;
};

/** A server that does not accept a connection within this time counts as down. */
const CONNECT_MS_MAX = 10_000;
/** Must fit a trial's result and its output. Spark's own client has the same limit. */
const MESSAGE_BYTES_MAX = 128 * 1024 * 1024;

/**
 * Connects with gRPC: over TLS with the system's certificates if the address asks for it, otherwise over plain HTTP/2.
 */
export function openConnection({ host, port, useSsl, token }: RemoteAddress): Connection {
  const baseUrl = `${useSsl ? "https" : "http"}://${host}:${port}`;
  const manager = new Http2SessionManager(baseUrl, { connectTimeoutMs: CONNECT_MS_MAX });
  const authorize: Interceptor = (next) => (request) => {
    request.header.set("Authorization", `Bearer ${token}`);
    return next(request);
  };
  const transport = createGrpcTransport({
    baseUrl,
    sessionManager: manager,
    interceptors: token === undefined ? [] : [authorize],
    acceptCompression: [],
    readMaxBytes: MESSAGE_BYTES_MAX,
  });
  return { transport, drop: (reason) => manager.abort(reason) };
}
