import type { MlflowClient, RestClientOptions } from "@flightdeck/client";
import { MlflowClient as Client } from "@flightdeck/client/browser"; // The same class without models and forests.
import { serverLogin } from "@flightdeck/client/databricks";
import { invalid } from "@flightdeck/core";
import { type DataDirFlag, dataDirOf } from "./data-dir.ts";
import { note } from "./output/print.ts";

export type Tracking = {
  readonly client: MlflowClient;
  /**
   * A URI that also works for child processes with the same environment: an http(s) address or `databricks://PROFILE`.
   */
  readonly trackingUri: string;
};

/** How often to retry when a server does not answer, and how to report it. */
export type Retries = Pick<RestClientOptions, "retry" | "onRetry">;

/** Three pauses of at most 0.2, 0.4 and 0.8 s, so that a person at a terminal soon learns that the server is down. */
export const QUICK_RETRIES: Retries = { retry: { attemptsMax: 4 } };

/**
 * For commands that must survive a server restart: the client's default of six pauses, 13 s at most. Only the first
 * retry is reported.
 */
export const PATIENT_RETRIES: Retries = {
  onRetry: ({ message }, attempt) => {
    if (attempt === 1) note(`${message}; trying again`);
  },
};

/** A server, or a workspace given by the environment or a profile. */
type RemoteLocation = { readonly kind: "server" | "databricks"; readonly trackingUri: string };

/** Where experiments are tracked: on a server, or in a data folder that the command opens itself. */
type TrackingLocation =
  | RemoteLocation
  | { readonly kind: "embedded"; readonly dataDir: string; readonly backendStoreUri?: string | undefined };

/**
 * Calls `action` with a client for `MLFLOW_TRACKING_URI`. A local data folder or database is served on a free loopback
 * port while the action runs, so that its child processes can use it too.
 */
export async function withTracking<T>(
  flags: DataDirFlag,
  action: (tracking: Tracking) => Promise<T>,
  retries: Retries = QUICK_RETRIES,
): Promise<T> {
  const location = parseTrackingLocation(process.env["MLFLOW_TRACKING_URI"], dataDirOf(flags));
  if (location.kind !== "embedded") return await action(await trackingAt(location, retries));
  const server = await startEmbedded(location);
  try {
    return await action(await trackingAt({ kind: "server", trackingUri: server.url }, retries));
  } finally {
    await server.close();
  }
}

async function trackingAt(location: RemoteLocation, retries: Retries): Promise<Tracking> {
  const { kind, trackingUri } = location;
  if (kind === "server" && !hasOtherRegistry()) {
    return { client: new Client({ trackingUri, ...serverLogin(process.env), ...retries }), trackingUri };
  }
  const { openClient } = await import("@flightdeck/client"); // Only a few commands need models and forests.
  return { client: openClient(process.env, trackingUri, retries), trackingUri };
}

/** Whether models are registered elsewhere, that is in Unity Catalog. */
function hasOtherRegistry(): boolean {
  return process.env["MLFLOW_REGISTRY_URI"]?.startsWith("databricks-uc") === true;
}

type Closable = { readonly url: string; close(): Promise<void> };

async function startEmbedded(location: Extract<TrackingLocation, { kind: "embedded" }>): Promise<Closable> {
  const { startServer } = await import("@flightdeck/server");
  const { dataDir, backendStoreUri } = location;
  return await startServer({
    host: "127.0.0.1",
    port: 0,
    dataDir,
    backendStoreUri,
    besideServer: true,
    // This server only lives for one command; jobs wait for a permanent server.
    jobs: { maxParallel: 0 },
    // The client shows its errors once; the log would add their stack traces.
    logLevel: process.env["FLIGHTDECK_DEBUG"] ? "error" : "silent",
  });
}

/**
 * Parses the value of `MLFLOW_TRACKING_URI`. Without one, tracking uses the data folder. A path or `file:` URI is a
 * data folder. A database URI is used with artifacts in the data folder.
 *
 * @example
 * ```ts
 * parseTrackingLocation("http://127.0.0.1:5000", ".flightdeck"); // { kind: "server", … }
 * ```
 */
export function parseTrackingLocation(trackingUri: string | undefined, dataDir: string): TrackingLocation {
  if (trackingUri === undefined || trackingUri === "") return { kind: "embedded", dataDir };
  const scheme = /^(?<scheme>[a-z][a-z0-9+.-]*):/i.exec(trackingUri)?.groups?.["scheme"]?.toLowerCase();
  if (trackingUri === "databricks" || scheme === "databricks") return { kind: "databricks", trackingUri };
  if (scheme === "http" || scheme === "https") return { kind: "server", trackingUri };
  if (scheme === undefined) return { kind: "embedded", dataDir: trackingUri };
  if (scheme === "file") return { kind: "embedded", dataDir: trackingUri.replace(/^file:\/*/i, "/") };
  if (/^(sqlite|postgres(ql)?(\+\w+)?)$/.test(scheme)) {
    return { kind: "embedded", dataDir, backendStoreUri: trackingUri };
  }
  const allowed =
    "an http(s) address, a path, sqlite:///PATH or postgresql://USER:PASSWORD@HOST:PORT/DATABASE";
  throw invalid(`tracking URI must be ${allowed}, got "${trackingUri}"`);
}
