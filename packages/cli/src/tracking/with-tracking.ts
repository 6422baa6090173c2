import type { MlflowClient } from "@flightdeck/client";
import { MlflowClient as Client } from "@flightdeck/client/browser"; // The same class, without models and forests.
import { serverLogin } from "@flightdeck/client/databricks";
import { type DataDirFlag, dataDirOf } from "./data-dir.ts";
import { parseTrackingLocation, type TrackingLocation } from "./parse-tracking-location.ts";

export type Tracking = {
  readonly client: MlflowClient;
  /** What child processes can use too, with the same environment: an http(s) address, or `databricks://PROFILE`. */
  readonly trackingUri: string;
};

/**
 * Calls `action` with a client of the place that `MLFLOW_TRACKING_URI` names. A place on this machine is served on a free
 * loopback port for the time of the action, so that the action and its child processes may all use it.
 */
export async function withTracking<T>(
  flags: DataDirFlag,
  action: (tracking: Tracking) => Promise<T>,
): Promise<T> {
  const location = parseTrackingLocation(process.env["MLFLOW_TRACKING_URI"], dataDirOf(flags));
  if (location.kind === "server" && hasOtherRegistry())
    return await action(await trackingInWorkspace(location.trackingUri));
  if (location.kind === "server") return await action(trackingAt(location.trackingUri));
  if (location.kind === "databricks") return await action(await trackingInWorkspace(location.trackingUri));
  const server = await startEmbedded(location);
  try {
    return await action(trackingAt(server.url));
  } finally {
    await server.close();
  }
}

function trackingAt(trackingUri: string): Tracking {
  const client = new Client({ trackingUri, ...serverLogin(process.env) });
  return { client, trackingUri };
}

/** Unity Catalog, say. */
function hasOtherRegistry(): boolean {
  return process.env["MLFLOW_REGISTRY_URI"]?.startsWith("databricks-uc") === true;
}

async function trackingInWorkspace(trackingUri: string): Promise<Tracking> {
  const { openClient } = await import("@flightdeck/client");
  return { client: openClient(process.env, trackingUri), trackingUri };
}

type Closable = { readonly url: string; close(): Promise<void> };

async function startEmbedded(location: Extract<TrackingLocation, { kind: "embedded" }>): Promise<Closable> {
  const { startServer } = await import("@flightdeck/server");
  const { dataDir, backendStoreUri } = location;
  return await startServer({
    host: "127.0.0.1",
    port: 0,
    dataDir,
    ...(backendStoreUri !== undefined && { backendStoreUri }),
    // It lives as long as one command: jobs wait for a server that stays.
    jobs: { maxParallel: 0 },
    // Its errors come back as answers and are shown once; the log adds their stacks.
    logLevel: process.env["FLIGHTDECK_DEBUG"] ? "error" : "silent",
  });
}
