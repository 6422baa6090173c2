import { Agent, request } from "node:http";
import { AppError } from "@flightdeck/core";

/** A keep-alive connection pool of one: each client of a load has its own, as separate processes would. */
export class LoadClient {
  private readonly agent: Agent = new Agent({ keepAlive: true, maxSockets: 1 });
  private readonly base: URL;

  constructor(baseUrl: string) {
    this.base = new URL(baseUrl);
  }

  async post(path: string, body: unknown): Promise<unknown> {
    return this.send("POST", path, JSON.stringify(body));
  }

  async get(path: string): Promise<unknown> {
    return this.send("GET", path);
  }

  close(): void {
    this.agent.destroy();
  }

  private send(method: string, path: string, body?: string): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const headers =
        body === undefined
          ? {}
          : { "content-type": "application/json", "content-length": String(Buffer.byteLength(body)) };
      const sent = request(
        {
          agent: this.agent,
          method,
          host: this.base.hostname,
          port: this.base.port,
          path: `/api/2.0/mlflow${path}`,
          headers,
        },
        (response) => {
          const chunks: Buffer[] = [];
          response.on("data", (chunk: Buffer) => chunks.push(chunk));
          response.on("error", reject);
          response.on("end", () => {
            const text = Buffer.concat(chunks).toString();
            if (response.statusCode === 200) resolve(JSON.parse(text));
            else reject(new AppError("INTERNAL_ERROR", `${method} ${path}: ${response.statusCode} ${text}`));
          });
        },
      );
      sent.on("error", reject);
      sent.end(body);
    });
  }
}

export type Load = {
  readonly baseUrl: string;
  readonly clients: number;
  readonly seconds: number;
  /** One unit of work; gives how many things it did. */
  readonly work: (client: LoadClient, clientIndex: number) => Promise<number>;
};

/** Things per second that `clients` concurrent clients get done. */
export async function throughput(load: Load): Promise<number> {
  const clients = Array.from({ length: load.clients }, () => new LoadClient(load.baseUrl));
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

/** The median time of one call in milliseconds. */
export async function medianMs(calls: number, call: () => Promise<unknown>): Promise<number> {
  const times: number[] = [];
  for (let i = 0; i < calls; i++) {
    const startedMs = performance.now();
    await call();
    times.push(performance.now() - startedMs);
  }
  return times.toSorted((a, b) => a - b)[Math.floor(calls / 2)] ?? Number.NaN;
}
