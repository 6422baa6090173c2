import {
  type ArtifactRepository,
  LocalArtifactRepository,
  openArtifactRepository,
} from "@flightdeck/artifacts";
import { AppError, systemClock } from "@flightdeck/core";
import { openStore } from "@flightdeck/store";
import type { FastifyInstance } from "fastify";
import { mkdir } from "node:fs/promises";
import { join, resolve } from "node:path";
import { type DestinationStream, type Logger, destination as logDestination, pino } from "pino";
import { createServices } from "./api/create-services.ts";
import type { Services } from "./api/services.ts";
import { closeWithin } from "./http/close-within.ts";
import { createApp } from "./http/create-app.ts";
import { createHostPolicy, isLoopback } from "./http/host-policy.ts";
import { listen } from "./http/listen.ts";
import { TokenAuthenticator } from "./identity/token-authenticator.ts";
import { createTokenGuard } from "./identity/token-guard.ts";
import { openServerAuthenticator } from "./jobs/job-policy.ts";
import type { ServerOptions } from "./server-options.ts";

export type RunningServer = {
  /** `http://127.0.0.1:5000`, with the port that was taken. */
  readonly url: string;
  /** Lets requests under way end, within a bound, and closes the database. May be called more than once. */
  close(): Promise<void>;
};

/** Only the owner may look into the data folder. */
const DATA_DIR_MODE = 0o700;

/**
 * Starts the tracking server, its registry, artifacts and page, and resolves when it answers. Throws `AppError` for a
 * port in use, a database that cannot be opened, or an open host without `auth`.
 *
 * @example
 * ```ts
 * const server = await startServer({ host: "127.0.0.1", port: 0, dataDir: ".flightdeck" });
 * await fetch(`${server.url}/health`);
 * await server.close();
 * ```
 */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  refuseOpenHost(options);
  const dataDir = resolve(options.dataDir);
  await mkdir(dataDir, { recursive: true, mode: DATA_DIR_MODE });
  const destination = openDestination(options.artifactsDestination ?? join(dataDir, "artifacts"));
  const { defaultArtifactRoot = "mlflow-artifacts:/", logLevel = "info" } = options;
  const store = await openStore({
    backendStoreUri: options.backendStoreUri ?? `sqlite:///${join(dataDir, "flightdeck.db")}`,
    defaultArtifactRoot,
    ...(options.clock && { clock: options.clock }),
  });
  const logger = pino({ level: logLevel }, standardError());
  return serve(createServices({ store, destination, dataDir, logger, options }), logger, options);
}

async function serve(services: Services, logger: Logger, options: ServerOptions): Promise<RunningServer> {
  const { host, port, pageDir, allowedHosts = [], auth, clock } = options;
  const auditFolder = join(resolve(options.dataDir), "audit");
  const tokens =
    auth === "token"
      ? createTokenGuard({ workspace: services.store.workspace, auditFolder, clock })
      : undefined;
  const login = new TokenAuthenticator(services.store.workspace, clock ?? systemClock).authenticate;
  const app = createApp({
    services,
    pageDir,
    logger,
    hostPolicy: createHostPolicy({ boundHost: host, allowedHosts }),
    authenticate: tokens?.authenticator.authenticate ?? openServerAuthenticator(options, login),
    tokens,
  });
  try {
    const url = await listen(app, { host, port });
    await services.jobs.start(url);
    return { url, close: closeOnce(app, services) };
  } catch (error) {
    await app.close();
    await services.jobs.close();
    await services.store.close();
    throw error;
  }
}

function closeOnce(app: FastifyInstance, services: Services): () => Promise<void> {
  let closing: Promise<void> | undefined;
  return () => {
    closing ??= closeWithin(app)
      .then(() => services.jobs.close())
      .then(() => services.webhooks.close())
      .then(() => services.workspace.handles.dropAll())
      .then(() => services.store.close());
    return closing;
  };
}

/** Logs leave before the line that writes them returns, so that the last ones before a crash are there. */
function standardError(): DestinationStream {
  return logDestination({ dest: 2, sync: true });
}

function refuseOpenHost({ host, auth }: ServerOptions): void {
  if (isLoopback(host.toLowerCase()) || auth !== undefined) return;
  const message = `host '${host}' can be reached by others, and everybody may change everything; ask for tokens with --auth token, say --auth none to allow it, or use --host 127.0.0.1`;
  throw new AppError("INVALID_PARAMETER_VALUE", message);
}

function openDestination(uri: string): ArtifactRepository {
  const repository = openArtifactRepository(uri);
  if (repository instanceof LocalArtifactRepository) return repository;
  const message = `the artifacts destination must be a folder, got '${uri}'`;
  throw new AppError("INVALID_PARAMETER_VALUE", message);
}
