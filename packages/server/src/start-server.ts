import { DEFAULT_ARTIFACT_ROOT } from "@flightdeck/protocol";
import {
  type ArtifactRepository,
  LocalArtifactRepository,
  openArtifactRepository,
} from "@flightdeck/artifacts";
import { AppError, systemClock } from "@flightdeck/core";
import {
  claimDatabase,
  databaseUriOf,
  openDataDir,
  openStore,
  type OpenStoreOptions,
  type Store,
} from "@flightdeck/store";
import type { FastifyInstance } from "fastify";
import { join, resolve } from "node:path";
import type { Logger } from "pino";
import { createApp } from "./create-app.ts";
import { checkTrustedProxies, closeWithin, limitsOfServer, listen } from "./http/app.ts";
import { openLogger } from "./http/open-logger.ts";
import { createTokenGuard } from "./identity/audit-log.ts";
import { createHostPolicy, isLoopback } from "./identity/guard.ts";
import { openServerAuthenticator } from "./identity/principal.ts";
import { TokenAuthenticator } from "./identity/token-authenticator.ts";
import type { ServerOptions } from "./server-options.ts";
import { createServices, type Services } from "./services.ts";

/** A running server. */
export type RunningServer = {
  /** Such as `http://127.0.0.1:5000`; contains the actual port. */
  readonly url: string;
  /**
   * Lets requests in progress finish, for at most 10 s, then closes the database. Repeated calls return the same
   * promise.
   */
  close(): Promise<void>;
};

/**
 * Starts a server with tracking, registry, artifacts, jobs and page. Resolves when it accepts requests. Its REST API is
 * MLflow's (https://mlflow.org/docs/latest/api_reference/rest-api.html) and the Databricks workspace's. Throws
 * `AppError`: `RESOURCE_CONFLICT` if the port is in use, `PERMISSION_DENIED` if the port may not be opened, and
 * `INVALID_PARAMETER_VALUE` for an invalid option or for a `host` that others can reach without `auth`.
 *
 * @example
 * ```ts
 * const server = await startServer({ host: "127.0.0.1", port: 0, dataDir: ".flightdeck", logLevel: "warn" });
 * await fetch(`${server.url}/health`);
 * await server.close();
 * ```
 */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  refuseOpenHost(options);
  checkTrustedProxies(options.trustedProxies ?? []);
  const dataDir = await openDataDir(options.dataDir);
  const destination = openDestination(options.artifactsDestination ?? join(dataDir, "artifacts"));
  const { defaultArtifactRoot = DEFAULT_ARTIFACT_ROOT, logLevel = "info", logFormat = "json" } = options;
  const logger = await openLogger(logLevel, logFormat);
  const backendStoreUri = options.backendStoreUri ?? databaseUriOf(dataDir);
  const store = await openServersStore(
    { backendStoreUri, defaultArtifactRoot, clock: options.clock },
    options,
  );
  try {
    const services = createServices({ store, destination, dataDir, defaultArtifactRoot, logger, options });
    return await serve(services, logger, options);
  } catch (error) {
    await store.close();
    throw error;
  }
}

/** Opens the store and locks it against other servers until it is closed. */
async function openServersStore(
  storeOptions: OpenStoreOptions,
  { besideServer = false }: ServerOptions,
): Promise<Store> {
  if (besideServer) return await openStore(storeOptions);
  const claim = claimDatabase(storeOptions.backendStoreUri); // Before opening, which may change the schema.
  try {
    const store = await openStore(storeOptions);
    return { ...store, close: () => store.close().finally(claim.release) };
  } catch (error) {
    claim.release();
    throw error;
  }
}

async function serve(services: Services, logger: Logger, options: ServerOptions): Promise<RunningServer> {
  const { host, port, allowedHosts = [], auth, clock } = options;
  const pageDir = typeof options.pageDir === "function" ? await options.pageDir() : options.pageDir;
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
    dataDir: resolve(options.dataDir),
    operation: options,
    hostPolicy: createHostPolicy({ boundHost: host, allowedHosts }),
    authenticate:
      tokens?.authenticator.authenticate ??
      openServerAuthenticator(login, { mayAllRunJobs: services.jobs.mayAllRunJobs }),
    tokens,
  });
  try {
    const url = await listen(app, { host, port });
    logger.info(limitsOfServer(), "limits");
    await services.jobs.start(url);
    return { url, close: closeOnce(app, services) };
  } catch (error) {
    await app.close();
    await services.jobs.close();
    throw error;
  }
}

function closeOnce(app: FastifyInstance, services: Services): () => Promise<void> {
  let closing: Promise<void> | undefined;
  return () => {
    closing ??= closeWithin(app)
      .then(() => services.jobs.close())
      .then(() => services.webhooks.close())
      .then(() => services.handles.dropAll())
      .then(() => services.store.close());
    return closing;
  };
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
