import { LocalArtifactRepository } from "@flightdeck/artifacts";
import { assert, type Clock } from "@flightdeck/core";
import { type Access, DEFAULT_ARTIFACT_ROOT } from "@flightdeck/protocol";
import { openStore, type Store, type WorkspaceRole } from "@flightdeck/store";
import type { FastifyInstance, InjectOptions, RouteOptions } from "fastify";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pino } from "pino";
import type { z } from "zod";
import { createApp } from "../create-app.ts";
import { createTokenGuard } from "../identity/audit-log.ts";
import { createHostPolicy } from "../identity/guard.ts";
import { createServices } from "../services.ts";

export type WalkedRoute = {
  readonly method: string;
  readonly url: string;
  readonly access: Access;
  /** The request schema of a route outside of the endpoint table. */
  readonly request?: z.ZodType | undefined;
};

/** An application that requires tokens, with all of its routes and a real database. */
export type WalkedApp = {
  readonly app: FastifyInstance;
  readonly store: Store;
  readonly folder: string;
  readonly routes: readonly WalkedRoute[];
  /** A token for a principal, who is created when absent. */
  tokenOf(name: string, role: WorkspaceRole, lifetimeMs?: number): Promise<string>;
  /** Sends a request, with or without an Authorization header, from a different address each time. */
  send(request: InjectOptions, authorization?: string): Promise<Sent>;
  close(): Promise<void>;
};

export type Sent = {
  readonly status: number;
  readonly code: string;
  readonly message: string;
  readonly body: string;
};

/** Where an application stores its data. Default: a new database and folder. */
export type Place = { readonly folder?: string | undefined; readonly backendStoreUri?: string | undefined };

export async function openWalkedApp(clock: Clock, place: Place = {}): Promise<WalkedApp> {
  const folder = place.folder ?? (await mkdtemp(join(tmpdir(), "server-")));
  const backendStoreUri = place.backendStoreUri ?? `sqlite:///${join(folder, "x.db")}`;
  const store = await openStore({ backendStoreUri, defaultArtifactRoot: DEFAULT_ARTIFACT_ROOT, clock });
  const routes: WalkedRoute[] = [];
  const app = openApp({ store, folder, clock, onRoute: (route) => routes.push(...walked(route)) });
  await app.ready();
  let requests = 0;
  return {
    app,
    store,
    folder,
    routes,
    tokenOf: async (name, role, lifetimeMs) => {
      await store.workspace.ensurePrincipal(name, role);
      return (await store.workspace.createToken({ principalName: name, lifetimeMs })).value;
    },
    send: async (request, authorization) => {
      requests += 1;
      const remoteAddress = `10.${requests >> 16}.${(requests >> 8) & 255}.${requests & 255}`;
      const headers = { host: "localhost", ...request.headers, ...(authorization && { authorization }) };
      const { statusCode: status, body } = await app.inject({ remoteAddress, ...request, headers });
      return { status, body, ...errorOf(body) };
    },
    close: async () => {
      await app.close();
      await store.close();
      await rm(folder, { recursive: true, force: true }); // Several applications may share a folder.
    },
  };
}

type OpenInput = {
  readonly store: Store;
  readonly folder: string;
  readonly clock: Clock;
  readonly onRoute: (route: RouteOptions) => void;
};

function openApp({ store, folder, clock, onRoute }: OpenInput): FastifyInstance {
  const logger = pino({ level: "silent" });
  const destination = new LocalArtifactRepository(join(folder, "artifacts"));
  const services = createServices({
    store,
    destination,
    dataDir: folder,
    defaultArtifactRoot: DEFAULT_ARTIFACT_ROOT,
    logger,
    options: { clock },
  });
  const auditFolder = join(folder, "audit");
  const tokens = createTokenGuard({ workspace: store.workspace, auditFolder, clock });
  return createApp({
    services,
    pageDir: undefined,
    logger,
    dataDir: folder,
    hostPolicy: createHostPolicy({ boundHost: "127.0.0.1", allowedHosts: [] }),
    authenticate: tokens.authenticator.authenticate,
    tokens,
    onRoute,
  });
}

function walked({ method, url, config }: RouteOptions): WalkedRoute[] {
  assert(config?.access !== undefined, `the route ${url} declares who may call it`);
  const { access, request } = config;
  return [method].flat().map((each) => ({ method: each, url, access, request }));
}

/** The error in a body; empty texts without one. */
function errorOf(body: string): { readonly code: string; readonly message: string } {
  try {
    const { error_code: code = "", message = "" } = JSON.parse(body) as Record<string, string>; // The values are only read as text.
    return { code, message };
  } catch {
    return { code: "", message: "" };
  }
}
