import {
  type ArtifactRepository,
  LocalArtifactRepository,
  openArtifactRepository,
} from "@flightdeck/artifacts";
import { AppError } from "@flightdeck/core";
import { openStore, type Store } from "@flightdeck/store";
import type { FastifyInstance } from "fastify";
import { mkdir } from "node:fs/promises";
import { join, resolve } from "node:path";
import { type DestinationStream, destination, pino } from "pino";
import type { Services } from "./api/services.ts";
import { RunModelsView } from "./artifacts/run-models-view.ts";
import { ServedArtifacts } from "./artifacts/served-artifacts.ts";
import { EventBus } from "./events/event-bus.ts";
import { openAuthenticator } from "./http/authenticator.ts";
import { closeWithin } from "./http/close-within.ts";
import { createApp } from "./http/create-app.ts";
import { createHostPolicy, isLoopback } from "./http/host-policy.ts";
import { listen } from "./http/listen.ts";
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
  const destinationRepository = openDestination(options.artifactsDestination ?? join(dataDir, "artifacts"));
  const { defaultArtifactRoot = "mlflow-artifacts:/" } = options;
  const store = await openStore({
    backendStoreUri: options.backendStoreUri ?? `sqlite:///${join(dataDir, "flightdeck.db")}`,
    defaultArtifactRoot,
    ...(options.clock && { clock: options.clock }),
  });
  const proxied = new RunModelsView(destinationRepository, store.tracking);
  const artifacts = new ServedArtifacts(proxied, defaultArtifactRoot);
  return serve({ store, artifacts, events: new EventBus() }, options);
}

async function serve(services: Services, options: ServerOptions): Promise<RunningServer> {
  const { host, port, pageDir, allowedHosts = [], logLevel = "info" } = options;
  const app = createApp({
    services,
    pageDir,
    logger: pino({ level: logLevel }, standardError()),
    hostPolicy: createHostPolicy({ boundHost: host, allowedHosts }),
    authenticate: openAuthenticator,
  });
  try {
    const url = await listen(app, { host, port });
    return { url, close: closeOnce(app, services.store) };
  } catch (error) {
    await app.close();
    await services.store.close();
    throw error;
  }
}

function closeOnce(app: FastifyInstance, store: Store): () => Promise<void> {
  let closing: Promise<void> | undefined;
  return () => {
    closing ??= closeWithin(app).then(() => store.close());
    return closing;
  };
}

/** Logs leave before the line that writes them returns, so that the last ones before a crash are there. */
function standardError(): DestinationStream {
  return destination({ dest: 2, sync: true });
}

function refuseOpenHost({ host, auth }: ServerOptions): void {
  if (isLoopback(host.toLowerCase()) || auth === "none") return;
  const message = `host '${host}' can be reached by others, and everybody may change everything; say --auth none to allow it, or use --host 127.0.0.1`;
  throw new AppError("INVALID_PARAMETER_VALUE", message);
}

function openDestination(uri: string): ArtifactRepository {
  const repository = openArtifactRepository(uri);
  if (repository instanceof LocalArtifactRepository) return repository;
  const message = `the artifacts destination must be a folder, got '${uri}'`;
  throw new AppError("INVALID_PARAMETER_VALUE", message);
}
