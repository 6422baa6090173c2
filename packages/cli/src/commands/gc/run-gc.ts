import { AppError, isAppError } from "@flightdeck/core";
import { openStore } from "@flightdeck/store";
import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { note } from "../../output/print.ts";
import { watchStopSignals } from "../../process/stop-signals.ts";
import { type DataDirFlag, dataDirOf } from "../../tracking/data-dir.ts";
import type { JsonFlag } from "../json-option.ts";
import { collectGarbage, type CollectOptions } from "./collect-garbage.ts";
import { GarbageArtifacts } from "./garbage-artifacts.ts";
import { GcReport } from "./gc-report.ts";

export type GcFlags = DataDirFlag &
  JsonFlag & {
    readonly olderThan?: number;
    readonly runIds?: readonly string[];
    readonly experimentIds?: readonly string[];
    readonly loggedModelIds?: readonly string[];
    readonly backendStoreUri?: string;
    readonly artifactsDestination?: string;
    readonly dryRun?: boolean;
  };

const INTERRUPTED = 130;

/** Deletes for good, and ends with an error when some artifacts could not be deleted. */
export async function runGc(flags: GcFlags): Promise<void> {
  const dataDir = resolve(dataDirOf(flags));
  const backendStoreUri = flags.backendStoreUri ?? `sqlite:///${existingDatabase(dataDir)}`;
  const stop = watchStopSignals();
  // The store remembers what was begun, so nothing is lost by not waiting.
  stop.killSignal.addEventListener("abort", () => process.exit(INTERRUPTED));
  const store = await openStore({ backendStoreUri, defaultArtifactRoot: "mlflow-artifacts:/" });
  try {
    const destination = flags.artifactsDestination ?? join(dataDir, "artifacts");
    const artifacts = new GarbageArtifacts({ dataDir, destination });
    const options = { store: store.garbage, artifacts, signal: stop.signal };
    await collect(
      { ...options, input: inputOf(flags), isDryRun: flags.dryRun === true },
      flags.json === true,
    );
  } catch (error) {
    if (isAppError(error, "CANCELLED")) note("stopped; the next gc goes on where this one was");
    throw error;
  } finally {
    await store.close();
    stop.dispose();
  }
}

async function collect(options: CollectOptions, isJson: boolean): Promise<void> {
  const report = new GcReport({ isDryRun: options.isDryRun, isJson });
  for await (const each of collectGarbage(options)) report.add(each);
  report.end();
}

function inputOf({ olderThan, runIds, experimentIds, loggedModelIds }: GcFlags): CollectOptions["input"] {
  return {
    ...(olderThan !== undefined && { olderThanMs: olderThan }),
    ...(runIds !== undefined && { runIds }),
    ...(experimentIds !== undefined && { experimentIds }),
    ...(loggedModelIds !== undefined && { loggedModelIds }),
  };
}

/** There is nothing to delete where there is no workspace, and a wrong folder should not become one. */
function existingDatabase(dataDir: string): string {
  const file = join(dataDir, "flightdeck.db");
  if (existsSync(file)) return file;
  const message = `there is no workspace in ${dataDir}; name it with --data-dir or --backend-store-uri`;
  throw new AppError("RESOURCE_DOES_NOT_EXIST", message);
}
