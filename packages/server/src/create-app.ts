import { AppError } from "@flightdeck/core";
import type { FastifyInstance, RouteOptions } from "fastify";
import type { Logger } from "pino";
import {
  mountArtifactDownloads,
  mountArtifactMultipart,
  mountArtifactProxy,
  mountArtifactUpload,
} from "./artifacts/artifact-api.ts";
import { mountSignedRoutes } from "./artifacts/signed-api.ts";
import { mountEndpoints } from "./calls/mount-endpoints.ts";
import { mountDbfsPut, mountDbfsStreams } from "./dbfs/dbfs-routes.ts";
import { recordCalls } from "./description/mounted-calls.ts";
import { mountMetrics, mountReadiness } from "./description/probes.ts";
import { mountDescription, mountProbes } from "./description/server-info.ts";
import { mountEventStream } from "./events/event-stream.ts";
import { mountFilesApi } from "./files/files-api.ts";
import { mountGraphql } from "./graphql/graphql-route.ts";
import { createHandlers } from "./handlers.ts";
import { loggedPath } from "./http/answer-error.ts";
import { openHttpApp } from "./http/app.ts";
import { mountPage, type Page } from "./http/page.ts";
import { ServerMetrics } from "./http/server-metrics.ts";
import { addAudit } from "./identity/audit-log.ts";
import { addGuard, type GuardOptions } from "./identity/guard.ts";
import type { ServerOptions } from "./server-options.ts";
import type { Services } from "./services.ts";
import { mountOtlpTraces } from "./tracking/traces.ts";
import { mountOauth } from "./workspace/accounts.ts";

export type AppOptions = GuardOptions & {
  readonly services: Services;
  readonly pageDir: string | undefined;
  readonly logger: Logger;
  readonly dataDir: string;
  /** Options for operators. */
  readonly operation?: Pick<ServerOptions, "slowCallMs" | "openMetrics" | "trustedProxies"> | undefined;
  /** Called for every mounted route, for tests that walk all routes. */
  readonly onRoute?: (route: RouteOptions) => void;
};

/** A second is noticeable. */
const SLOW_CALL_MS = 1000;

/** The HTTP application, ready to listen: limits, guard, routes and error handler. */
export function createApp(options: AppOptions): FastifyInstance {
  const { services, pageDir, logger, dataDir, operation = {}, onRoute, ...guard } = options;
  const { slowCallMs = SLOW_CALL_MS, openMetrics = false, trustedProxies = [] } = operation;
  const metrics = new ServerMetrics();
  const app = openHttpApp({ logger, metrics, slowCallMs }, trustedProxies);
  if (onRoute !== undefined) app.addHook("onRoute", onRoute);
  const calls = recordCalls(app);
  addGuard(app, guard);
  if (guard.tokens !== undefined) addAudit(app, guard.tokens);
  mountCalls(app, services);
  mountOauth(app, services.store.workspace, guard.tokens?.authenticator);
  mountProbes(app);
  mountReadiness(app, { store: services.store, dataDir, logger });
  mountMetrics(app, { store: services.store, metrics, open: openMetrics });
  mountDescription(app, calls);
  answerUnknown(app, mountPage(app, pageDir));
  return app;
}

/** Mounts the endpoint table and the routes outside it. */
function mountCalls(app: FastifyInstance, services: Services): void {
  const { store, artifacts, dbfs, tree, uploads, multipart, signer, events, webhooks } = services;
  const calls = { handlers: createHandlers(services), store, events, webhooks };
  mountEndpoints(app, calls);
  mountOtlpTraces(app, store);
  mountGraphql(app, calls);
  mountArtifactProxy(app, { store, artifacts, uploads });
  mountArtifactDownloads(app, { store, artifacts });
  mountArtifactUpload(app, { store, artifacts });
  mountArtifactMultipart(app, { store, artifacts, multipart, signer });
  mountDbfsStreams(app, { store, dbfs, uploads });
  mountDbfsPut(app, { store, dbfs, uploads });
  mountFilesApi(app, { store, artifacts, tree, uploads, multipart });
  mountSignedRoutes(app, { store, artifacts, uploads, multipart, signer });
  mountEventStream(app, { store, events });
}

function answerUnknown(app: FastifyInstance, page: Page): void {
  app.setNotFoundHandler((request, reply) => {
    const answered = page.answer(request, reply);
    if (answered !== undefined) return answered;
    const path = loggedPath(request.url);
    throw new AppError("ENDPOINT_NOT_FOUND", `No API found for '${request.method} ${path}'`);
  });
}
