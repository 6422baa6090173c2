import type { FolderSize } from "@flightdeck/artifacts";
import { AppError, isAppError } from "@flightdeck/core";
import { type GarbageKind } from "@flightdeck/store";
import { type Command, InvalidArgumentError } from "commander";
import { join } from "node:path";
import { formatBytes } from "../../output/format.ts";
import { note, printJson, printLine } from "../../output/print.ts";
import { EXIT } from "../../report-error.ts";
import { watchStopSignals } from "../../stop-signals.ts";
import { BACKEND_STORE_OPTION, DATA_DIR_OPTION, type DataDirFlag } from "../../data-dir.ts";
import { JSON_OPTION, type JsonFlag } from "../options.ts";
import { withStore } from "../with-store.ts";
import { type Collected, collectGarbage, type CollectOptions } from "./collect-garbage.ts";
import { GarbageArtifacts } from "./garbage-artifacts.ts";

type GcFlags = DataDirFlag &
  JsonFlag & {
    readonly olderThan?: number | undefined;
    readonly runIds?: readonly string[] | undefined;
    readonly experimentIds?: readonly string[] | undefined;
    readonly loggedModelIds?: readonly string[] | undefined;
    readonly backendStoreUri?: string | undefined;
    readonly artifactsDestination?: string | undefined;
    readonly dryRun?: boolean | undefined;
  };

type GcReportOptions = { readonly isDryRun: boolean; readonly isJson: boolean };

const NAMES: Readonly<Record<GarbageKind, string>> = {
  run: "Run",
  experiment: "Experiment",
  logged_model: "Logged model",
  trace: "Trace",
  model_version: "Model version",
};

/** MLflow's format: days, hours, minutes and seconds in this order, each optional, with fractions. */
const AGE =
  /^(?:(\d+(?:\.\d+)?|\.\d+)d)?(?:(\d+(?:\.\d+)?|\.\d+)h)?(?:(\d+(?:\.\d+)?|\.\d+)m)?(?:(\d+(?:\.\d+)?|\.\d+)s)?$/;

const UNITS_MS = [86_400_000, 3_600_000, 60_000, 1000];

/** `flightdeck gc`, as in MLflow. Works directly on the database and the artifacts. */
export function defineGc(gc: Command): void {
  gc.option(
    "--older-than <AGE>",
    "Only what was deleted at least this long ago, for example 30d or 1d2h3m4s.",
    parseAge,
  )
    .option("--run-ids <LIST>", "Only these runs: comma-separated ids.", parseIds)
    .option(
      "--experiment-ids <LIST>",
      "Only these experiments, with everything in them: comma-separated ids.",
      parseIds,
    )
    .option("--logged-model-ids <LIST>", "Only these logged models.", parseIds)
    .option(...BACKEND_STORE_OPTION)
    .option(
      "--artifacts-destination <DIR>",
      "The server's folder of artifacts (default: in the data folder).",
    )
    .option(...DATA_DIR_OPTION)
    .option("--dry-run", "Only show what would be deleted and its size.")
    .option(...JSON_OPTION)
    .action(runGc);
}

/** Deletes permanently. Fails if some artifacts could not be deleted. */
async function runGc(flags: GcFlags): Promise<void> {
  const stop = watchStopSignals();
  // The store records unfinished deletions, so exiting at once loses nothing.
  stop.killSignal.addEventListener("abort", () => process.exit(EXIT.interrupted));
  try {
    // Without a workspace there is nothing to delete.
    await withStore(flags, { mayCreate: false }, async ({ store, dataDir }) => {
      const destination = flags.artifactsDestination ?? join(dataDir, "artifacts");
      const artifacts = new GarbageArtifacts({ dataDir, destination });
      const isDryRun = flags.dryRun === true;
      const input = inputOf(flags);
      const options = { store: store.garbage, artifacts, input, isDryRun, signal: stop.signal };
      await collect(options, flags.json === true);
    });
  } catch (error) {
    if (isAppError(error, "CANCELLED")) note("stopped; the next gc resumes where this one stopped");
    throw error;
  } finally {
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
    olderThanMs: olderThan,
    runIds,
    experimentIds,
    loggedModelIds,
  };
}

/** Reports deletions: line by line with a total at the end, or all at the end as JSON. */
class GcReport {
  readonly #options: GcReportOptions;
  readonly #collected: Collected[] = [];

  constructor(options: GcReportOptions) {
    this.#options = options;
  }

  add(collected: Collected): void {
    this.#collected.push(collected);
    const { garbage, isBypassed, failure } = collected;
    const what = `${NAMES[garbage.kind].toLowerCase()} ${garbage.id}`;
    if (isBypassed) note(`the artifacts of ${what} stay where they are: ${garbage.artifactUri}`);
    if (failure !== undefined) note(`the artifacts of ${what} could not be deleted: ${failure}`);
    // An experiment may have a million traces, and their ids mean nothing to people.
    else if (!this.#options.isJson && garbage.kind !== "trace") printLine(this.#lineOf(collected));
  }

  /** Throws `IO_ERROR` when some artifacts could not be deleted. */
  end(): void {
    if (this.#options.isJson) printJson(this.#toJson());
    else printLine(this.#sum());
    const failures = this.#collected.filter(({ failure }) => failure !== undefined).length;
    if (failures === 0) return;
    const message = `the artifacts of ${countOf(failures, "thing")} could not be deleted; the next gc tries again`;
    throw new AppError("IO_ERROR", message);
  }

  #lineOf({ garbage, size }: Collected): string {
    const verb = this.#options.isDryRun ? "would be" : "has been";
    const extent = garbage.artifactUri === undefined ? "" : `: ${extentOf(size)}`;
    return `${NAMES[garbage.kind]} with ID ${garbage.id} ${verb} permanently deleted${extent}.`;
  }

  #sum(): string {
    if (this.#collected.length === 0) return "There is nothing to delete.";
    const counts = Map.groupBy(this.#collected, ({ garbage }) => NAMES[garbage.kind].toLowerCase());
    const parts = [...counts].map(([name, { length }]) => countOf(length, name));
    return `${parts.join(", ")}: ${extentOf(this.#total())}${this.#options.isDryRun ? " (dry run)" : ""}.`;
  }

  #total(): FolderSize {
    const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
    return {
      files: sum(this.#collected.map(({ size }) => size.files)),
      bytes: sum(this.#collected.map(({ size }) => size.bytes)),
    };
  }

  #toJson(): object {
    const deleted = this.#collected.map(({ garbage, size, isBypassed, failure }) => ({
      kind: garbage.kind,
      id: garbage.id,
      artifact_uri: garbage.artifactUri,
      ...size,
      artifacts_kept: isBypassed || undefined,
      error: failure,
    }));
    return { dry_run: this.#options.isDryRun, deleted, ...this.#total() };
  }
}

function extentOf({ files, bytes }: FolderSize): string {
  return `${countOf(files, "file")}, ${formatBytes(bytes)}`;
}

function countOf(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}

/** Converts `1d2h3m4s` to milliseconds. */
export function parseAge(text: string): number {
  const parts = text === "" ? undefined : AGE.exec(text)?.slice(1);
  if (parts === undefined) {
    throw new InvalidArgumentError("It must be a time such as 8h, 2d8h5m20s or 1.5d.");
  }
  return Math.floor(UNITS_MS.reduce((sum, unit, i) => sum + Number(parts[i] ?? 0) * unit, 0));
}

/** Parses comma-separated ids. Rejects an empty list, which means everything in MLflow's command. */
export function parseIds(text: string): readonly string[] {
  const ids = text.split(",").map((id) => id.trim());
  if (ids.includes("")) throw new InvalidArgumentError("It must be comma-separated ids.");
  return ids;
}
