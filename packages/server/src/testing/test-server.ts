import { mkdtemp, rm } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ServerOptions } from "../server-options.ts";
import { startServer } from "../start-server.ts";

export type Answer = { readonly status: number; readonly headers: Headers; readonly body: string };

export type TestServer = {
  readonly url: string;
  readonly dataDir: string;
  /** Calls `/api/2.0/mlflow/<path>` with a JSON body, or with GET without one. Returns the parsed answer. */
  call(method: string, path: string, body?: unknown): Promise<Answer & { readonly json: never }>;
  /** Sends a request byte for byte, so that no client normalizes its path. */
  raw(request: string): Promise<Answer>;
  close(): Promise<void>;
};

/** A real server with a real database in a temporary folder, on a free port. */
export async function startTestServer(options: Partial<ServerOptions> = {}): Promise<TestServer> {
  const folder = await mkdtemp(join(tmpdir(), "server-"));
  const dataDir = join(folder, "data");
  const server = await startServer({ host: "127.0.0.1", port: 0, dataDir, logLevel: "silent", ...options });
  return {
    url: server.url,
    dataDir,
    call: (method, path, body) => call(`${server.url}/api/2.0/mlflow/${path}`, method, body),
    raw: (request) => sendRaw(Number(new URL(server.url).port), request),
    close: async () => {
      await server.close();
      await rm(folder, { recursive: true });
    },
  };
}

async function call(url: string, method: string, body: unknown): Promise<Answer & { readonly json: never }> {
  const headers = { "content-type": "application/json" };
  const init = body === undefined ? { method } : { method, headers, body: JSON.stringify(body) };
  const response = await fetch(url, init);
  const answer = { status: response.status, headers: response.headers, body: await response.text() };
  // `never` lets a test read the fields that it expects; a missing one fails the test.
  return { ...answer, json: JSON.parse(answer.body) as never };
}

async function sendRaw(port: number, request: string): Promise<Answer> {
  const answer = await exchange(port, request);
  const [head = "", ...rest] = answer.split("\r\n\r\n");
  const [statusLine = "", ...lines] = head.split("\r\n");
  const headers = new Headers(lines.map((line): [string, string] => splitOnce(line, ": ")));
  return { status: Number(statusLine.split(" ")[1]), headers, body: rest.join("\r\n\r\n") };
}

/** Everything received until the server closes the connection, even if it does so before the request is complete. */
function exchange(port: number, request: string): Promise<string> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    const socket = connect(port, "127.0.0.1", () => socket.write(request));
    socket.on("data", (chunk: Buffer) => chunks.push(chunk));
    socket.on("error", () => socket.destroy());
    socket.on("close", () => resolve(Buffer.concat(chunks).toString()));
  });
}

function splitOnce(line: string, by: string): [string, string] {
  const at = line.indexOf(by);
  return [line.slice(0, at), line.slice(at + by.length)];
}

/** A request head for `raw`; the connection closes after the answer. */
export function requestHead(method: string, target: string, headers: readonly string[] = []): string {
  return [`${method} ${target} HTTP/1.1`, "Host: localhost", "Connection: close", ...headers, "", ""].join(
    "\r\n",
  );
}
