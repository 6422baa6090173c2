import { LocalArtifactRepository } from "@flightdeck/artifacts";
import { serverLogin } from "@flightdeck/client/databricks";
import { AppError, isAppError } from "@flightdeck/core";
import {
  COUNTED,
  countSource,
  type ImportCounts,
  type ImportOptions,
  type ImportReport,
  type ImportSource,
  importWorkspace,
  openSource,
} from "@flightdeck/import";
import type { Command } from "commander";
import { join, resolve } from "node:path";
import { formatTable } from "../output/format.ts";
import { note, printJson, printLine } from "../output/print.ts";
import { describeImport, ProgressLine } from "../output/progress.ts";
import { EXIT } from "../report-error.ts";
import { watchStopSignals } from "../stop-signals.ts";
import { DATA_DIR_OPTION, type DataDirFlag } from "../data-dir.ts";
import { withStore } from "./with-store.ts";

type ImportFlags = DataDirFlag & {
  readonly backendStoreUri?: string | undefined;
  readonly artifactsDestination?: string | undefined;
  readonly sourceArtifacts?: string | undefined;
  readonly dryRun?: boolean | undefined;
  readonly json?: boolean | undefined;
};

/** `flightdeck import`. MLflow has no counterpart. */
export function defineImport(command: Command): void {
  command
    .argument("<SOURCE>", "sqlite:///PATH, postgresql://…, http(s)://…, or the path of an mlruns folder.")
    .option(...DATA_DIR_OPTION)
    .option("--backend-store-uri <URI>", "The database to import into (default: in the data folder).")
    .option("--artifacts-destination <DIR>", "The folder for artifacts (default: in the data folder).")
    .option(
      "--source-artifacts <DIR>",
      "Additional folder to read artifacts from: the artifacts destination of the source's server.",
    )
    .option("--dry-run", "Only print the counts of what would be imported.")
    .option("--json", "Print the counts as JSON.")
    .action(runImport);
}

/** Imports, or only counts. Fails if something is missing at the end. */
async function runImport(uri: string, flags: ImportFlags): Promise<void> {
  const stop = watchStopSignals();
  const progress = new ProgressLine(describeImport);
  const options = { signal: stop.signal, onProgress: progress.show };
  // Imported data is already on disk, so nothing is lost by not waiting for the current batch.
  stop.killSignal.addEventListener("abort", () => process.exit(EXIT.interrupted));
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
    throw new AppError("CANCELLED", "stopped; run the same command again to resume", { cause: error });
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
  const message = `not everything was imported: ${missing.join(", ")}; see the counts and notes above`;
  throw new AppError("INVALID_STATE", message);
}

async function importInto(
  source: ImportSource,
  flags: ImportFlags,
  options: ImportOptions,
): Promise<ImportReport> {
  return await withStore(flags, { mayCreate: true }, async ({ store, dataDir }) => {
    const artifacts = new LocalArtifactRepository(flags.artifactsDestination ?? join(dataDir, "artifacts"));
    return await importWorkspace(source, { imports: store.imports, artifacts }, options);
  });
}

/** Formats a table of counts: of the source alone, or next to those of the target. */
export function formatCounts(source: ImportCounts, target?: ImportCounts): string {
  if (target === undefined) {
    const rows = COUNTED.map((counted) => [counted, String(source[counted])]);
    return formatTable({ headers: ["", "Source"], rows });
  }
  const rows = COUNTED.map((counted) => [
    counted,
    String(source[counted]),
    target[counted] < source[counted]
      ? `${target[counted]} (missing ${source[counted] - target[counted]})`
      : String(target[counted]),
  ]);
  return formatTable({ headers: ["", "Source", "Target"], rows });
}
