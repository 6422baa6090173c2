import type { FolderSize } from "@flightdeck/artifacts";
import { AppError } from "@flightdeck/core";
import type { GarbageKind } from "@flightdeck/store";
import { formatBytes } from "../../output/format-bytes.ts";
import { note, printJson, printLine } from "../../output/print.ts";
import type { Collected } from "./collect-garbage.ts";

export type GcReportOptions = { readonly isDryRun: boolean; readonly isJson: boolean };

const NAMES: Readonly<Record<GarbageKind, string>> = {
  run: "Run",
  experiment: "Experiment",
  logged_model: "Logged model",
  trace: "Trace",
  model_version: "Model version",
};

/** Says what was deleted, line by line with the sum at the end, or all at the end as JSON. */
export class GcReport {
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
    // An experiment may have a million traces, which people know by nothing.
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
      ...(isBypassed && { artifacts_kept: true }),
      ...(failure !== undefined && { error: failure }),
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
