import { systemClock } from "@flightdeck/core";
import { databaseUriOf } from "@flightdeck/store";
import type { Command } from "commander";
import { resolve } from "node:path";
import { BACKEND_STORE_OPTION, DATA_DIR_OPTION, type DataDirFlag, dataDirOf } from "../../data-dir.ts";
import { formatBytes } from "../../output/format.ts";
import { note, printResult } from "../../output/print.ts";
import { describeAmount, ProgressLine } from "../../output/progress.ts";
import { readVersion } from "../../program-version.ts";
import { JSON_OPTION, type JsonFlag } from "../options.ts";
import { readBackup } from "./read-backup.ts";
import { writeBackup } from "./write-backup.ts";

type BackupFlags = DataDirFlag &
  JsonFlag & {
    readonly backendStoreUri?: string | undefined;
    readonly artifactsDestination?: string | undefined;
    readonly keys?: boolean | undefined;
  };

type RestoreFlags = JsonFlag & { readonly dataDir: string };

/** Keeps the note short. */
const NAMES_SHOWN_MAX = 5;

/** `flightdeck backup FILE`. */
export function defineBackup(backup: Command): void {
  backup
    .argument("<FILE>", "The archive to write, a tar file; it must not exist.")
    .option(...DATA_DIR_OPTION)
    .option(...BACKEND_STORE_OPTION)
    .option(
      "--artifacts-destination <DIR>",
      "Where the server keeps artifacts (default: in the data folder).",
    )
    .option(
      "--keys",
      "Include the keys that sign URLs and encrypt the secrets of webhooks; anyone who has the backup then has them.",
    )
    .option(...JSON_OPTION)
    .action(runBackup);
}

async function runBackup(file: string, flags: BackupFlags): Promise<void> {
  const dataDir = resolve(dataDirOf(flags));
  const progress = new ProgressLine(describeAmount("backed up"));
  const result = await writeBackup({
    dataDir,
    artifactsDir: flags.artifactsDestination,
    backendStoreUri: flags.backendStoreUri ?? databaseUriOf(dataDir),
    file,
    withKeys: flags.keys === true,
    version: readVersion(),
    nowMs: systemClock.nowMs(),
    onProgress: progress.show,
  }).finally(() => progress.end());
  const { leftOut, files, bytes } = result;
  if (leftOut.length > 0) {
    const names = leftOut.slice(0, NAMES_SHOWN_MAX).join(", ");
    note(`skipped ${leftOut.length} symbolic links or other special files: ${names}`);
  }
  printResult(flags.json, `Backed up ${files} files, ${formatBytes(bytes)}, to ${result.file}.`, result);
}

/** `flightdeck restore FILE`. */
export function defineRestore(restore: Command): void {
  restore
    .argument("<FILE>", "An archive written by flightdeck backup.")
    .requiredOption("--data-dir <DIR>", "The data folder to create, or an empty folder.")
    .option(...JSON_OPTION)
    .action(runRestore);
}

async function runRestore(file: string, flags: RestoreFlags): Promise<void> {
  const progress = new ProgressLine(describeAmount("restored"));
  const { dataDir } = flags;
  const result = await readBackup({ file, dataDir, onProgress: progress.show }).finally(() => progress.end());
  if (!result.withKeys) {
    note(
      "the backup contains no keys: signed URLs from before no longer work, and the secrets of webhooks must be set again",
    );
  }
  const { files, bytes } = result;
  printResult(flags.json, `Restored ${files} files, ${formatBytes(bytes)}, to ${result.dataDir}.`, result);
}
