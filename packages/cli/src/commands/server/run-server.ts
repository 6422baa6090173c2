import { type ServerOptions, startServer } from "@flightdeck/server";
import { note, printLine } from "../../output/print.ts";
import { freeStartupMemory } from "../../process/free-startup-memory.ts";
import { untilAborted, watchStopSignals } from "../../process/stop-signals.ts";
import { type DataDirFlag, dataDirOf } from "../../tracking/data-dir.ts";
import { findPageDir } from "./find-page-dir.ts";
import { webhookOptions } from "./webhook-options.ts";

export type ServerFlags = DataDirFlag & {
  readonly host: string;
  readonly port: number;
  readonly backendStoreUri?: string;
  readonly artifactsDestination?: string;
  readonly defaultArtifactRoot?: string;
  readonly workspaceArtifactRoot?: string;
  readonly allowedHosts?: string;
  readonly auth?: "none" | "token";
  readonly jobsMaxParallel?: number;
  readonly allowJobs?: boolean;
  readonly workers?: string;
};

/** Whoever started the server mostly asks something at once; after that there is a moment for house-keeping. */
const SETTLE_MS = 1000;

/** Serves until the first signal, then closes and ends with exit code 0, as servers do. */
export async function runServer(flags: ServerFlags): Promise<void> {
  if (flags.workers !== undefined) note("one process serves all requests, so --workers changes nothing");
  const stop = watchStopSignals();
  try {
    const server = await startServer(optionsOf(flags));
    printLine(`flightdeck listens on ${server.url}`);
    if (flags.auth === "token") note("who has no token yet gets one by: flightdeck tokens create");
    note("press Ctrl-C to stop");
    setTimeout(freeStartupMemory, SETTLE_MS).unref();
    await untilAborted(stop.signal);
    await Promise.race([server.close(), untilAborted(stop.killSignal)]);
  } finally {
    stop.dispose();
  }
}

function optionsOf(flags: ServerFlags): ServerOptions {
  const { host, port, backendStoreUri, artifactsDestination, defaultArtifactRoot, workspaceArtifactRoot } =
    flags;
  const pageDir = findPageDir();
  const allowedHosts = flags.allowedHosts?.split(",").map((name) => name.trim());
  return {
    host,
    port,
    dataDir: dataDirOf(flags),
    // Lines for machines are noise to someone who watches; warnings are worth it.
    logLevel: process.stderr.isTTY ? "warn" : "info",
    ...(pageDir !== undefined && { pageDir }),
    ...(backendStoreUri !== undefined && { backendStoreUri }),
    ...(artifactsDestination !== undefined && { artifactsDestination }),
    ...(defaultArtifactRoot !== undefined && { defaultArtifactRoot }),
    ...(workspaceArtifactRoot !== undefined && { workspaceArtifactRoot }),
    ...(allowedHosts !== undefined && { allowedHosts }),
    ...(flags.auth !== undefined && { auth: flags.auth }),
    jobs: {
      ...(flags.jobsMaxParallel !== undefined && { maxParallel: flags.jobsMaxParallel }),
      ...(flags.allowJobs !== undefined && { allow: flags.allowJobs }),
    },
    webhooks: webhookOptions(process.env),
  };
}
