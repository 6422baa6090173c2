import { AppError, codeOf, newId } from "@flightdeck/core";
import { snapshotDatabase } from "@flightdeck/store";
import { createHash } from "node:crypto";
import { createWriteStream, existsSync } from "node:fs";
import { type FileHandle, open, readdir, rename, rm } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { finished } from "node:stream/promises";
import { type Pack, pack } from "tar-stream";
import type { Amount } from "../../output/progress.ts";
import { CHECKSUMS, DATABASE, FOLDERS, KEYS, MANIFEST } from "./archive-names.ts";

export type BackupInput = {
  readonly dataDir: string;
  /** The folder of artifacts, if not in the data folder. */
  readonly artifactsDir?: string | undefined;
  readonly backendStoreUri: string;
  /** The archive to create; must not exist. */
  readonly file: string;
  readonly withKeys: boolean;
  readonly version: string;
  readonly nowMs: number;
  readonly onProgress: (amount: Amount) => void;
};

export type BackupResult = {
  readonly file: string;
  readonly files: number;
  readonly bytes: number;
  /** Symlinks and other special files, which are skipped. */
  readonly leftOut: readonly string[];
};

type Source = { readonly name: string; readonly path: string };

/**
 * Writes a workspace to a tar archive, even while a server is using it. Reads the database in one transaction, then the
 * files. Artifacts get their final name only when complete, and before the database refers to them, so the backup has
 * every file that the database refers to, except those deleted in the meantime.
 */
export async function writeBackup(input: BackupInput): Promise<BackupResult> {
  const file = resolve(input.file);
  if (existsSync(file)) throw new AppError("RESOURCE_ALREADY_EXISTS", `${file} exists; choose another name`);
  const partial = `${file}.partial-${newId()}`;
  const snapshot = `${file}.database-${newId()}`;
  try {
    await snapshotDatabase(input.backendStoreUri, snapshot);
    const { sources, leftOut } = await findSources(input);
    const all = [{ name: DATABASE, path: snapshot }, ...sources];
    const written = await writeArchive(partial, all, input);
    await rename(partial, file);
    await syncFolder(dirname(file));
    return { file, ...written, leftOut };
  } finally {
    await rm(partial, { force: true });
    await rm(snapshot, { force: true });
  }
}

type Sources = { readonly sources: readonly Source[]; readonly leftOut: readonly string[] };

async function findSources({ dataDir, artifactsDir, withKeys }: BackupInput): Promise<Sources> {
  const sources: Source[] = [];
  const leftOut: string[] = [];
  for (const folder of FOLDERS) {
    const place = folder === "artifacts" && artifactsDir !== undefined ? artifactsDir : join(dataDir, folder);
    if (!existsSync(place)) continue;
    for await (const { kind, ...source } of walk({ name: folder, path: place })) {
      if (kind === "file") sources.push(source);
      else leftOut.push(source.name);
    }
  }
  if (withKeys) {
    for (const name of KEYS) {
      const path = join(dataDir, name);
      if (existsSync(path)) sources.push({ name, path });
    }
  }
  return { sources, leftOut };
}

type Walked = Source & { readonly kind: "file" | "other" };

/** Lists everything below a folder. Does not follow symlinks, as Node's recursive `readdir` would. */
async function* walk({ name, path }: Source): AsyncGenerator<Walked> {
  const entries = await readdir(path, { withFileTypes: true });
  for (const entry of entries.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
    const source = { name: `${name}/${entry.name}`, path: join(path, entry.name) };
    if (entry.isDirectory()) yield* walk(source);
    else yield { ...source, kind: entry.isFile() ? "file" : "other" };
  }
}

const CHUNK_BYTES = 256 * 1024;

/** The archive, and a promise that rejects if writing it fails. */
type Archive = { readonly pack: Pack; readonly failed: Promise<never> };

type Written = { readonly files: number; readonly bytes: number };

async function writeArchive(
  target: string,
  sources: readonly Source[],
  input: BackupInput,
): Promise<Written> {
  const tar = pack();
  const output = createWriteStream(target, { flags: "wx", mode: 0o600, flush: true });
  tar.pipe(output);
  const ended = finished(output);
  const failed = ended.then(() => new Promise<never>(() => {}));
  failed.catch(() => undefined); // Callers that await it get the error.
  const archive = { pack: tar, failed };
  const checksums: string[] = [];
  let [files, bytes] = [0, 0];
  const manifest = manifestOf(input);
  await addText(archive, MANIFEST, manifest);
  checksums.push(`${sha256(manifest)}  ${MANIFEST}`);
  for (const source of sources) {
    const added = await addFile(archive, source);
    if (added === undefined) continue; // It was deleted after it was listed.
    checksums.push(`${added.checksum}  ${source.name}`);
    files += 1;
    bytes += added.bytes;
    input.onProgress({ bytes, files });
  }
  await addText(archive, CHECKSUMS, `${checksums.join("\n")}\n`);
  tar.finalize();
  await ended;
  return { files, bytes };
}

function manifestOf({ version, nowMs, withKeys }: BackupInput): string {
  return `${JSON.stringify({ format: 1, version, createdMs: nowMs, withKeys })}\n`;
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

async function addText(archive: Archive, name: string, text: string): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    archive.pack.entry({ name, mode: 0o600 }, text, (error) => (error ? reject(error) : resolve()));
  });
}

/**
 * Adds a file with its size at the time of opening, because an audit log may grow meanwhile. Returns undefined if the
 * file is gone.
 */
async function addFile(
  { pack: archive, failed }: Archive,
  { name, path }: Source,
): Promise<{ readonly checksum: string; readonly bytes: number } | undefined> {
  const handle = await openUnlessGone(path);
  if (handle === undefined) return undefined;
  try {
    const { size, mtimeMs } = await handle.stat();
    const hash = createHash("sha256");
    const ended = Promise.withResolvers<void>();
    const entry = archive.entry({ name, mode: 0o600, size, pax: { mtime: paxTime(mtimeMs) } }, (error) =>
      error ? ended.reject(error) : ended.resolve(),
    );
    for await (const bytes of firstBytes(handle, size)) {
      hash.update(bytes);
      if (entry.write(bytes)) continue;
      await Promise.race([
        new Promise<void>((drained) => void entry.once("drain", () => drained())),
        failed,
        ended.promise,
      ]);
    }
    entry.end(undefined);
    await Promise.race([ended.promise, failed]);
    return { checksum: hash.digest("hex"), bytes: size };
  } finally {
    await handle.close();
  }
}

/**
 * Formats a time with millisecond precision, which DBFS reports to clients; tar's own field only has seconds. Uses the
 * middle of the millisecond, so that no rounding can shift it to the one before.
 */
function paxTime(timeMs: number): string {
  return ((Math.floor(timeMs) + 0.5) / 1000).toFixed(4);
}

/** Reads the first `size` bytes of a file; throws if it has become shorter. */
async function* firstBytes(handle: FileHandle, size: number): AsyncGenerator<Uint8Array> {
  let position = 0;
  while (position < size) {
    const buffer = Buffer.allocUnsafe(Math.min(CHUNK_BYTES, size - position));
    const { bytesRead } = await handle.read({ buffer, position });
    if (bytesRead === 0) throw new AppError("IO_ERROR", "a file became shorter while it was read");
    position += bytesRead;
    yield buffer.subarray(0, bytesRead);
  }
}

async function openUnlessGone(path: string): Promise<FileHandle | undefined> {
  try {
    return await open(path, "r");
  } catch (error) {
    if (codeOf(error) === "ENOENT") return undefined;
    throw error;
  }
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
