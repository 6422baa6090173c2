import { AppError } from "@flightdeck/core";

/** Describes the backup; the first entry. */
export const MANIFEST = "flightdeck-backup.json";
/** The database in a single file. */
export const DATABASE = "flightdeck.db";
/** The SHA-256 of every other entry, in the format of `sha256sum -c`; the last entry. */
export const CHECKSUMS = "checksums.sha256";

/**
 * The subfolders of the data folder that a backup includes. It omits uploads in progress and the working files of
 * running jobs.
 */
export const FOLDERS: readonly string[] = ["artifacts", "dbfs", "workspace", "audit"];

/** Keys in the data folder. Anyone who has them can sign URLs and read webhook secrets. */
export const KEYS: readonly string[] = ["signed-urls.key", "webhook-secrets.key"];

const FILES: ReadonlySet<string> = new Set([MANIFEST, DATABASE, CHECKSUMS, ...KEYS]);

/** Longer than any path that a file system allows. */
const NAME_CHARS_MAX = 4096;

/**
 * Throws `INVALID_PARAMETER_VALUE` for an entry name that no backup contains. Archives can come from anywhere, so names
 * must not point outside the restored folder or to a file that the server would trust.
 */
export function checkEntryName(name: string): void {
  const steps = name.split("/");
  const isPlain = steps.every((step) => step !== "" && step !== "." && step !== ".." && !/[\\\0]/.test(step));
  const isKnown = steps.length === 1 ? FILES.has(name) : FOLDERS.includes(steps[0] ?? "");
  if (isPlain && isKnown && name.length <= NAME_CHARS_MAX) return;
  throw cannotRestore(
    `it contains ${JSON.stringify(name.slice(0, NAME_CHARS_MAX))}, which is not part of a backup`,
  );
}

/** The error for an archive that is damaged or was not written by `flightdeck backup`. */
export function cannotRestore(reason: string, cause?: unknown): AppError {
  const message = `the backup cannot be restored: ${reason}`;
  return new AppError("INVALID_PARAMETER_VALUE", message, { cause });
}
