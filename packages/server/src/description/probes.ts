import { PROMETHEUS_TYPE, unlessAborted } from "@flightdeck/core";
import { type Access, ANYBODY, USERS_READ } from "@flightdeck/protocol";
import { checkWritable, type Store } from "@flightdeck/store";
import type { FastifyInstance } from "fastify";
import { promisify } from "node:util";
import type { Logger } from "pino";
import type { ServerMetrics } from "../http/server-metrics.ts";

const PLAIN = "text/plain; charset=utf-8";

/** How long to reuse an answer: each costs a write to the disk, and load balancers ask every few seconds. */
const READY_MS = 2000;
/** Load balancers give up after about as long. */
const READY_WAIT_MS = 5000;

export type ReadinessInput = {
  readonly store: Pick<Store, "tracking">;
  readonly dataDir: string;
  readonly logger: Logger;
};

/**
 * `/ready`, for load balancers: 200 while the database answers and the disk can be written to, otherwise 503 with the one
 * that fails. `/health` only says that the process is alive. Anybody may ask, so the details are only in the log.
 */
export function mountReadiness(app: FastifyInstance, { store, dataDir, logger }: ReadinessInput): void {
  const problem = keptFor(READY_MS, async () => {
    const found = await findProblem({ store, dataDir });
    if (found !== undefined) logger.error({ err: found.cause }, `not ready: ${found.message}`);
    return found?.message;
  });
  const config = { access: ANYBODY, anyHost: true, describes: { name: "getReadiness" } } as const;
  app.get("/ready", { config }, async (_request, reply) => {
    const message = await problem();
    return await reply
      .code(message === undefined ? 200 : 503)
      .header("cache-control", "no-store")
      .type(PLAIN)
      .send(message ?? "OK");
  });
}

type Problem = { readonly message: string; readonly cause: unknown };

async function findProblem(input: Pick<ReadinessInput, "store" | "dataDir">): Promise<Problem | undefined> {
  const { store, dataDir } = input;
  const checks = [
    [
      "the database does not answer",
      () => store.tracking.searchExperiments({ maxResults: 1, viewType: "ALL" }),
    ],
    ["the disk cannot be written to", () => checkWritable(dataDir)],
  ] as const;
  for (const [message, check] of checks) {
    try {
      await unlessAborted<unknown>(check(), AbortSignal.timeout(READY_WAIT_MS));
    } catch (cause) {
      return { message, cause };
    }
  }
  return undefined;
}

/** Runs the work once for all calls within `ms` of its start. */
function keptFor<T>(ms: number, work: () => Promise<T>): () => Promise<T> {
  let kept: { readonly result: Promise<T>; readonly beganMs: number } | undefined;
  return () => {
    const nowMs = performance.now();
    if (kept === undefined || nowMs - kept.beganMs >= ms) kept = { result: work(), beganMs: nowMs };
    return kept.result;
  };
}

export type MetricsRouteInput = {
  readonly store: Pick<Store, "writesWaiting">;
  readonly metrics: ServerMetrics;
  /** Whether anybody may read them, even if everything else needs a token. */
  readonly open: boolean;
};

/**
 * `/metrics`, for Prometheus. Metrics reveal how much a workspace is used, so a server with tokens requires one here too,
 * unless the operator opens them. The Host header is checked, as everywhere.
 */
export function mountMetrics(app: FastifyInstance, { store, metrics, open }: MetricsRouteInput): void {
  const access: Access = open ? ANYBODY : USERS_READ;
  const config = { access, checks: "what it names", describes: { name: "getMetrics" } } as const;
  const connections = promisify(app.server.getConnections.bind(app.server));
  app.get("/metrics", { config }, async (_request, reply) => {
    const text = metrics.text({
      connections: await connections(),
      writesWaiting: store.writesWaiting(),
    });
    return await reply.header("cache-control", "no-store").type(PROMETHEUS_TYPE).send(text);
  });
}
