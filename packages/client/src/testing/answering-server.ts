import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { assert } from "@flightdeck/core";
import { onTestFinished } from "vitest";

type SeenRequest = {
  readonly method: string | undefined;
  readonly url: string | undefined;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
};

/** One response; without a status, the server closes the connection instead. */
export type Answer = {
  readonly status?: number | undefined;
  readonly body?: string | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
};

export type AnsweringServer = { readonly url: string; readonly seen: readonly SeenRequest[] };

/** A server that sends the given responses in order, repeating the last one, and records the requests. */
export async function answeringServer(...answers: readonly [Answer, ...Answer[]]): Promise<AnsweringServer> {
  const seen: SeenRequest[] = [];
  const server = createServer((request, response) => {
    const answer = answers[Math.min(seen.length, answers.length - 1)];
    void remember(request, seen).then(() => give(response, answer ?? {}));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  assert(typeof address === "object" && address !== null, "a server on a port has an address");
  return { url: `http://127.0.0.1:${address.port}`, seen };
}

async function remember(request: IncomingMessage, seen: SeenRequest[]): Promise<void> {
  const chunks: Buffer[] = await request.toArray();
  const { method, url, headers } = request;
  seen.push({ method, url, headers, body: Buffer.concat(chunks).toString() });
}

function give(response: ServerResponse, { status, body = "{}", headers = {} }: Answer): void {
  if (status === undefined) response.destroy();
  else response.writeHead(status, { "Content-Type": "application/json", ...headers }).end(body);
}
