import { AppError, invalid, messageOf, throwIfAborted } from "@flightdeck/core";
import { mkdir, open } from "node:fs/promises";
import { dirname, join } from "node:path";
import { pipeline } from "node:stream/promises";
import { type Entry, openPromise, type ZipFile } from "yauzl";

export type ExtractZipOptions = {
  readonly archive: string;
  /** An empty folder to extract into. */
  readonly folder: string;
  readonly signal?: AbortSignal | undefined;
  readonly limits?: ZipLimits | undefined;
};

/** The most that an archive may unpack to. */
export type ZipLimits = { readonly entriesMax: number; readonly unpackedBytesMax: number };

/** Generous for projects, which are code with little data; a zip bomb expands a thousandfold. */
export const ZIP_LIMITS: ZipLimits = { entriesMax: 100_000, unpackedBytesMax: 4 * 1024 ** 3 };

/** File type and permissions, which Unix archivers store in the upper half of the external attributes. */
const MODE_SHIFT = 16;
const KIND_MASK = 0o170_000;
const KIND_FILE = 0o100_000;
const KIND_FOLDER = 0o040_000;
const EXECUTABLE = 0o111;

/**
 * Unpacks a project's archive. Throws `INVALID_PARAMETER_VALUE` for a file that is not a zip, links and devices, names that
 * are absolute, contain `..` or a backslash, or occur twice, and archives that exceed the limits.
 */
export async function extractZip(options: ExtractZipOptions): Promise<void> {
  const { archive, limits = ZIP_LIMITS, signal } = options;
  const zip = await openArchive(archive);
  try {
    if (zip.entryCount > limits.entriesMax)
      throw refused(
        archive,
        `it has ${zip.entryCount} entries; at most ${limits.entriesMax} ${limits.entriesMax === 1 ? "is" : "are"} allowed`,
      );
    let leftBytes = limits.unpackedBytesMax;
    for await (const entry of zip.eachEntry()) {
      throwIfAborted(signal);
      leftBytes -= entry.uncompressedSize; // yauzl fails when an entry holds more than it says.
      if (leftBytes < 0)
        throw refused(archive, `it unpacks to more than the ${limits.unpackedBytesMax} bytes allowed`);
      await extractEntry(zip, entry, options);
    }
  } catch (cause) {
    if (cause instanceof AppError) throw cause;
    throw refused(archive, messageOf(cause), cause);
  } finally {
    zip.close();
  }
}

async function openArchive(archive: string): Promise<ZipFile> {
  return await openPromise(archive, { lazyEntries: true, autoClose: false, strictFileNames: true }).catch(
    (cause: unknown) => {
      throw refused(archive, messageOf(cause), cause);
    },
  );
}

/** yauzl has already rejected names with a backslash, a drive, a leading `/` or `..`. */
async function extractEntry(zip: ZipFile, entry: Entry, options: ExtractZipOptions): Promise<void> {
  const { archive, folder, signal } = options;
  const name = entry.fileName;
  const mode = entry.externalFileAttributes >>> MODE_SHIFT;
  const kind = mode & KIND_MASK;
  if (name.includes("\0")) throw refused(archive, `the name ${JSON.stringify(name)} contains NUL`);
  if (kind !== 0 && kind !== KIND_FILE && kind !== KIND_FOLDER)
    throw refused(
      archive,
      `${JSON.stringify(name)} is a link or a device; only files and folders are allowed`,
    );
  if (entry.isEncrypted()) throw refused(archive, `${JSON.stringify(name)} is encrypted`);
  const path = join(folder, name);
  if (name.endsWith("/")) return void (await mkdir(path, { recursive: true }));
  await mkdir(dirname(path), { recursive: true });
  const permissions = (mode & EXECUTABLE) === 0 ? 0o644 : 0o755;
  const file = await open(path, "wx", permissions); // Never overwrites another entry.
  const content = await zip.openReadStreamPromise(entry);
  await pipeline(content, file.createWriteStream(), { signal });
}

function refused(archive: string, reason: string, cause?: unknown): AppError {
  return invalid(`${archive} cannot be unpacked: ${reason}`, { cause });
}
