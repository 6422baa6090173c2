import { AppError, codeOf, isObject, messageOf, newId, parseUntrustedJson } from "@flightdeck/core";
import { checkDatabase, openDataDir } from "@flightdeck/store";
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { mkdir, open, readdir, rename, rm, rmdir } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { extract, type Header } from "tar-stream";
import type { Amount } from "../../output/progress.ts";
import { isSystemError } from "../../report-error.ts";
import { cannotRestore, CHECKSUMS, checkEntryName, DATABASE, MANIFEST } from "./archive-names.ts";

export type RestoreInput = {
  readonly file: string;
  /** Must be absent or empty. */
  readonly dataDir: string;
  readonly onProgress: (amount: Amount) => void;
};

export type RestoreResult = {
  readonly dataDir: string;
  readonly files: number;
  readonly bytes: number;
  readonly withKeys: boolean;
};

const FORMAT = 1;
const CHECKSUMS_BYTES_MAX = 1024 ** 3;
/** Upper bound for a timestamp, far in the future. */
const SECONDS_MAX = 1e11;
const MANIFEST_BYTES_MAX = 10_000;

/**
 * Restores a backup into a new data folder. Unpacks and checks everything next to it before renaming, so a damaged or
 * malicious archive leaves nothing behind. Throws `INVALID_PARAMETER_VALUE` for such an archive, and
 * `RESOURCE_ALREADY_EXISTS` if the folder is not empty.
 */
export async function readBackup(input: RestoreInput): Promise<RestoreResult> {
  const dataDir = resolve(input.dataDir);
  await requireEmpty(dataDir);
  const staging = `${dataDir}.restoring-${newId()}`;
  await openDataDir(dirname(dataDir));
  await mkdir(staging, { mode: 0o700 });
  try {
    const unpacked = await unpack(input, staging);
    const withKeys = checkManifest(unpacked.manifest);
    compare(unpacked);
    await checkDatabase(join(staging, DATABASE));
    await rmdir(dataDir).catch(() => undefined); // A missing folder is fine; on one with files the rename fails.
    await rename(staging, dataDir);
    return { dataDir, files: unpacked.found.size - 1, bytes: unpacked.bytes, withKeys };
  } finally {
    await rm(staging, { recursive: true, force: true });
  }
}

async function requireEmpty(folder: string): Promise<void> {
  const names = await readdir(folder).catch((error: unknown) => {
    if (codeOf(error) === "ENOENT") return [];
    throw error;
  });
  if (names.length === 0) return;
  const message = `${folder} is not empty; choose a new or empty folder with --data-dir`;
  throw new AppError("RESOURCE_ALREADY_EXISTS", message);
}

type Unpacked = {
  readonly manifest: string;
  /** The checksums listed in the archive. */
  readonly checksums: string;
  /** The actual checksums of the unpacked entries, by name. */
  readonly found: ReadonlyMap<string, string>;
  readonly bytes: number;
};

/** Writes the entries into `folder`, one after the other. Never overwrites a file. */
async function unpack({ file, onProgress }: RestoreInput, folder: string): Promise<Unpacked> {
  const found = new Map<string, string>();
  let [manifest, checksums, bytes] = ["", "", 0];
  const archive = extract();
  const input = createReadStream(file);
  input.on("error", (error) => {
    archive.destroy(error);
  });
  input.pipe(archive);
  try {
    for await (const entry of archive) {
      const { header } = entry;
      const { name } = header;
      checkEntry(header, { isFirst: found.size === 0, isAfterLast: checksums !== "", found });
      if (name === CHECKSUMS) {
        checksums = await textOf(header, entry, CHECKSUMS_BYTES_MAX);
        continue;
      }
      if (name === MANIFEST) {
        manifest = await textOf(header, entry, MANIFEST_BYTES_MAX);
        found.set(name, createHash("sha256").update(manifest).digest("hex"));
        continue;
      }
      found.set(name, await writeEntry(header, entry, join(folder, name)));
      bytes += header.size;
      onProgress({ bytes, files: found.size });
    }
  } catch (error) {
    throw error instanceof AppError || isSystemError(error)
      ? error
      : cannotRestore(`it is damaged or not a tar archive: ${messageOf(error)}`, error);
  } finally {
    input.destroy();
  }
  return { manifest, checksums, found, bytes };
}

/** The chunks of an entry, which must be consumed before the next entry is read. */
type Content = AsyncIterable<unknown>;

type Position = {
  readonly isFirst: boolean;
  readonly isAfterLast: boolean;
  readonly found: ReadonlyMap<string, string>;
};

function checkEntry({ name, type }: Header, { isFirst, isAfterLast, found }: Position): void {
  checkEntryName(name);
  if (type !== "file")
    throw cannotRestore(`'${name}' is a ${type ?? "special file"}; a backup contains only files`);
  if (isFirst && name !== MANIFEST) throw cannotRestore(`it does not begin with ${MANIFEST}`);
  if (isAfterLast) throw cannotRestore(`it has entries after ${CHECKSUMS}, which must be the last`);
  if (found.has(name)) throw cannotRestore(`it contains '${name}' twice`);
}

/** Writes an entry to a file and returns its checksum. */
async function writeEntry({ pax }: Header, content: Content, path: string): Promise<string> {
  const hash = createHash("sha256");
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const handle = await open(path, "wx", 0o600);
  try {
    for await (const each of content) {
      const chunk = each as Uint8Array; // The library does not type its chunks.
      hash.update(chunk);
      await handle.writeFile(chunk); // Appends to the previous chunk.
    }
    const seconds = isObject(pax) ? Number(pax["mtime"]) : Number.NaN;
    if (seconds >= 0 && seconds < SECONDS_MAX) await handle.utimes(seconds, seconds);
    await handle.sync();
  } finally {
    await handle.close();
  }
  return hash.digest("hex");
}

async function textOf({ name, size }: Header, content: Content, bytesMax: number): Promise<string> {
  if (size > bytesMax) throw cannotRestore(`'${name}' has ${size} bytes, more than the allowed ${bytesMax}`);
  const chunks: Uint8Array[] = [];
  for await (const chunk of content) chunks.push(chunk as Uint8Array); // As above.
  return Buffer.concat(chunks).toString("utf8");
}

function checkManifest(text: string): boolean {
  if (text === "") throw cannotRestore("it is empty");
  const manifest = parseUntrustedJson(text);
  if (!isObject(manifest)) throw cannotRestore(`${MANIFEST} is not an object`);
  if (manifest["format"] !== FORMAT) {
    throw cannotRestore(
      `its format is ${JSON.stringify(manifest["format"])}, but this program reads format ${FORMAT}`,
    );
  }
  return manifest["withKeys"] === true;
}

function compare({ checksums, found }: Unpacked): void {
  if (checksums === "") throw cannotRestore(`it ends before ${CHECKSUMS}, so part of it is missing`);
  const expected = new Map<string, string>();
  for (const line of checksums.trimEnd().split("\n")) expected.set(line.slice(66), line.slice(0, 64));
  for (const [name, checksum] of expected) {
    if (!found.has(name)) throw cannotRestore(`'${name}' is missing`);
    if (found.get(name) !== checksum) throw cannotRestore(`'${name}' has changed since it was written`);
  }
  for (const name of found.keys()) if (!expected.has(name)) throw cannotRestore(`'${name}' has no checksum`);
  if (!found.has(DATABASE)) throw cannotRestore("it has no database");
}
