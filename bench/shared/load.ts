import { connect, type Socket } from "node:net";
import { AppError } from "@flightdeck/core";

/** The target of a load, and the user's token. */
export type LoadedServer = { readonly url: string; readonly token?: string | undefined };

/**
 * One keep-alive connection that sends a request and waits for its response. Uses a bare socket, because the load
 * shares the cores with the servers, and Node's own HTTP client would cost more than some of them.
 */
export class LoadClient {
  private readonly base: URL;
  private readonly commonHeaders: string;
  private readonly socket: Socket;
  private received: Buffer = Buffer.alloc(0);
  private waiting: PromiseWithResolvers<unknown> | undefined;

  constructor(server: LoadedServer) {
    this.base = new URL(server.url);
    const login = server.token === undefined ? "" : `authorization: Bearer ${server.token}\r\n`;
    this.commonHeaders = `host: ${this.base.host}\r\n${login}`;
    this.socket = connect(Number(this.base.port), this.base.hostname);
    this.socket.setNoDelay(true);
    this.socket.on("data", (chunk: Buffer) => this.take(chunk));
    this.socket.on("error", (error) => this.waiting?.reject(error));
    this.socket.on("close", () =>
      this.waiting?.reject(new AppError("IO_ERROR", "the connection was closed")),
    );
  }

  post(path: string, body: unknown): Promise<unknown> {
    return this.postText(`/api/2.0/mlflow${path}`, JSON.stringify(body));
  }

  /** The same for an absolute path and an already serialized body. */
  postText(path: string, text: string): Promise<unknown> {
    return this.send(
      `POST ${path} HTTP/1.1\r\n${this.commonHeaders}content-type: application/json\r\n` +
        `content-length: ${Buffer.byteLength(text)}\r\n\r\n${text}`,
    );
  }

  get(path: string): Promise<unknown> {
    return this.send(`GET /api/2.0/mlflow${path} HTTP/1.1\r\n${this.commonHeaders}\r\n`);
  }

  close(): void {
    this.waiting = undefined;
    this.socket.destroy();
  }

  private send(request: string): Promise<unknown> {
    this.waiting = Promise.withResolvers<unknown>();
    this.socket.write(request);
    return this.waiting.promise;
  }

  private take(chunk: Buffer): void {
    this.received = this.received.length === 0 ? chunk : Buffer.concat([this.received, chunk]);
    const answer = wholeAnswer(this.received);
    if (answer === undefined) return;
    this.received = Buffer.alloc(0);
    const { status, body } = answer;
    if (status === 200) this.waiting?.resolve(JSON.parse(body));
    else this.waiting?.reject(new AppError("INTERNAL_ERROR", `the server answered ${status}: ${body}`));
  }
}

const HEAD_END = "\r\n\r\n";

/** The response once it is complete; servers either send its length or send it in chunks. */
function wholeAnswer(received: Buffer): { readonly status: number; readonly body: string } | undefined {
  const headEnd = received.indexOf(HEAD_END);
  if (headEnd < 0) return undefined;
  const head = received.toString("latin1", 0, headEnd);
  const status = Number(head.slice(9, 12));
  const bodyStart = headEnd + HEAD_END.length;
  const length = /content-length: *(\d+)/i.exec(head)?.[1];
  if (length !== undefined) {
    const end = bodyStart + Number(length);
    return received.length < end ? undefined : { status, body: received.toString("utf8", bodyStart, end) };
  }
  const chunked = received.toString("utf8", bodyStart);
  return chunked.endsWith("0\r\n\r\n") ? { status, body: withoutChunkSizes(chunked) } : undefined;
}

function withoutChunkSizes(text: string): string {
  return text.replaceAll(/(?:^|\r\n)[0-9a-f]+\r\n/gi, "").trimEnd();
}

export type Load = {
  readonly server: LoadedServer;
  readonly clients: number;
  readonly seconds: number;
  /** One unit of work; returns how many things it did. */
  readonly work: (client: LoadClient, clientIndex: number) => Promise<number>;
};

/** The number of things per second that `clients` concurrent clients complete. */
export async function throughput(load: Load): Promise<number> {
  const clients = Array.from({ length: load.clients }, () => new LoadClient(load.server));
  const startedMs = performance.now();
  const endMs = startedMs + load.seconds * 1000;
  const counts = await Promise.all(clients.map((client, index) => workUntil(endMs, load, client, index)));
  const elapsedSeconds = (performance.now() - startedMs) / 1000;
  for (const client of clients) client.close();
  return counts.reduce((sum, count) => sum + count, 0) / elapsedSeconds;
}

async function workUntil(endMs: number, load: Load, client: LoadClient, index: number): Promise<number> {
  let count = 0;
  while (performance.now() < endMs) count += await load.work(client, index);
  return count;
}

/** The median time of a call in milliseconds. */
export async function medianMs(calls: number, call: () => Promise<unknown>): Promise<number> {
  const times: number[] = [];
  for (let i = 0; i < calls; i++) {
    const startedMs = performance.now();
    await call();
    times.push(performance.now() - startedMs);
  }
  return times.toSorted((a, b) => a - b)[Math.floor(calls / 2)] ?? Number.NaN;
}
