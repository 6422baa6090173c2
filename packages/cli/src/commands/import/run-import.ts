import { serverLogin } from "@flightdeck/client/databricks";
import { LocalArtifactRepository } from "@flightdeck/artifacts";
import { AppError, isAppError } from "@flightdeck/core";
import {
  COUNTED,
  countSource,
  type ImportOptions,
  type ImportReport,
  importWorkspace,
  type ImportSource,
  openSource,
} from "@flightdeck/import";
import { openStore } from "@flightdeck/store";
import { mkdir } from "node:fs/promises";
import { join, resolve } from "node:path";
import { note, printJson, printLine } from "../../output/print.ts";
import { watchStopSignals } from "../../process/stop-signals.ts";
import { type DataDirFlag, dataDirOf } from "../../tracking/data-dir.ts";
import { formatCounts } from "./format-counts.ts";
import { ImportProgressLine } from "./import-progress-line.ts";

export type ImportFlags = DataDirFlag & {
  readonly backendStoreUri?: string;
  readonly artifactsDestination?: string;
  readonly sourceArtifacts?: string;
  readonly dryRun?: boolean;
  readonly json?: boolean;
};

const INTERRUPTED = 130;
/** Only the owner may look into the data folder. */
const DATA_DIR_MODE = 0o700;

/** Imports, or only counts, and ends with an error when something is missing in the end. */
export async function runImport(uri: string, flags: ImportFlags): Promise<void> {
  const stop = watchStopSignals();
  const progress = new ImportProgressLine();
  const options = { signal: stop.signal, onProgress: progress.show };
  // What was imported is on disk, so nothing is lost by not waiting for the batch under way.
  stop.killSignal.addEventListener("abort", () => process.exit(INTERRUPTED));
  try {
    const source = await openSource(uri, sourceOptions(flags, stop.signal));
    try {
      if (flags.dryRun) await count(source, flags, options);
      else await importAll(source, flags, options);
    } finally {
      progress.end();
      await source.close();
    }
  } catch (error) {
    if (!isAppError(error, "CANCELLED")) throw error;
    throw new AppError("CANCELLED", "stopped; the same command goes on from here", { cause: error });
  } finally {
    stop.dispose();
  }
}

function sourceOptions(
  { sourceArtifacts }: ImportFlags,
  signal: AbortSignal,
): Parameters<typeof openSource>[1] {
  return {
    artifacts: sourceArtifacts === undefined ? undefined : resolve(sourceArtifacts),
    ...serverLogin(process.env),
    signal,
  };
}

async function count(source: ImportSource, flags: ImportFlags, options: ImportOptions): Promise<void> {
  const { counts, notes } = await countSource(source, options);
  if (flags.json) printJson({ source: counts, notes });
  else printLine(formatCounts(counts));
  if (!flags.json) notes.forEach(note);
}

async function importAll(source: ImportSource, flags: ImportFlags, options: ImportOptions): Promise<void> {
  const report = await importInto(source, flags, options);
  const missing = COUNTED.filter((counted) => report.target[counted] < report.source[counted]);
  if (flags.json) printJson({ ...report, missing });
  else printLine(formatCounts(report.source, report.target));
  if (!flags.json) report.notes.forEach(note);
  if (missing.length === 0) return;
  const message = `not everything has come over: ${missing.join(", ")}; see the counts and notes above`;
  throw new AppError("INVALID_STATE", message);
}

async function importInto(
  source: ImportSource,
  flags: ImportFlags,
  options: ImportOptions,
): Promise<ImportReport> {
  const dataDir = resolve(dataDirOf(flags));
  await mkdir(dataDir, { recursive: true, mode: DATA_DIR_MODE });
  const store = await openStore({
    backendStoreUri: flags.backendStoreUri ?? `sqlite:///${join(dataDir, "flightdeck.db")}`,
    defaultArtifactRoot: "mlflow-artifacts:/",
  });
  try {
    const artifacts = new LocalArtifactRepository(flags.artifactsDestination ?? join(dataDir, "artifacts"));
    return await importWorkspace(source, { imports: store.imports, artifacts }, options);
  } finally {
    await store.close();
  }
}
