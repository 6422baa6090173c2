import { AppError } from "@flightdeck/core";
import { createHash } from "node:crypto";
import { createReadStream, createWriteStream } from "node:fs";
import { lstat, readdir, readlink } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { createGzip } from "node:zlib";
import { padding, TAR_BLOCK_BYTES, tarEnd, type TarEntry, tarHeader } from "./tar-header.ts";

export type PackedProject = { readonly path: string; readonly sha256: string; readonly sizeBytes: number };

export type PackProjectOptions = {
  /** The project's folder. */
  readonly folder: string;
  /** The archive, which is made. */
  readonly path: string;
  /** The name of the one folder in it. */
  readonly name: string;
  readonly signal?: AbortSignal | undefined;
  readonly bytesMax?: number;
};

/** What programs leave in a project and does not belong to it: MLflow's store, and ours. */
const LEFT_OUT: ReadonlySet<string> = new Set(["mlruns", ".flightdeck"]);

/** A project is code with little data; what a cluster reads in bulk belongs on storage of its own. */
const PROJECT_BYTES_MAX = 1024 ** 3;

/** As Python's gzip compresses by default. */
const GZIP_LEVEL = 9;

const PERMISSIONS = 0o7777;

/**
 * Packs a project as one folder of a compressed tar archive. Times and owners are left out, and names are in order, so
 * that the same project gives the same hash for everyone, and is uploaded once. Links stay links; sockets and devices are
 * left out, as is the link that stands for packages of this machine.
 *
 * Errors: `INVALID_PARAMETER_VALUE` for a project that is too large, `CANCELLED` when the signal fires.
 */
export async function packProject(options: PackProjectOptions): Promise<PackedProject> {
  const { path, signal } = options;
  const hash = createHash("sha256");
  let sizeBytes = 0;
  const measure = async function* (chunks: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
    for await (const chunk of chunks) {
      hash.update(chunk);
      sizeBytes += chunk.byteLength;
      yield chunk;
    }
  };
  const gzip = createGzip({ level: GZIP_LEVEL });
  await pipeline(
    tarOf(options),
    gzip,
    measure,
    createWriteStream(path),
    signal === undefined ? {} : { signal },
  );
  return { path, sha256: hash.digest("hex"), sizeBytes };
}

async function* tarOf(options: PackProjectOptions): AsyncIterable<Uint8Array> {
  const { folder, bytesMax = PROJECT_BYTES_MAX } = options;
  let archiveBytes = 0;
  for await (const { entry, path } of entriesOf(folder, options.name)) {
    const header = tarHeader(entry);
    archiveBytes += header.length + entry.sizeBytes;
    if (archiveBytes > bytesMax) throw tooLarge(folder, bytesMax);
    yield header;
    if (entry.sizeBytes === 0) continue;
    yield* contentOf(path, entry.sizeBytes);
    const filling = padding(entry.sizeBytes, TAR_BLOCK_BYTES);
    archiveBytes += filling.length;
    yield filling;
  }
  yield tarEnd(archiveBytes);
}

type FoundEntry = { readonly entry: TarEntry; readonly path: string };

/** A folder comes before what is in it. */
async function* entriesOf(path: string, name: string): AsyncIterable<FoundEntry> {
  const stats = await lstat(path);
  const mode = stats.mode & PERMISSIONS;
  if (stats.isFile()) yield { path, entry: { name, kind: "file", mode, sizeBytes: stats.size } };
  if (stats.isSymbolicLink())
    yield { path, entry: { name, kind: "link", mode, sizeBytes: 0, target: await readlink(path) } };
  if (!stats.isDirectory()) return;
  yield { path, entry: { name, kind: "folder", mode, sizeBytes: 0 } };
  for (const child of (await readdir(path, { withFileTypes: true })).toSorted(byCodePoints)) {
    if (LEFT_OUT.has(child.name)) continue;
    if (child.name === "node_modules" && child.isSymbolicLink()) continue;
    yield* entriesOf(join(path, child.name), `${name}/${child.name}`);
  }
}

/** The order of Python, and of any machine's language. */
function byCodePoints(a: { readonly name: string }, b: { readonly name: string }): number {
  return Buffer.compare(Buffer.from(a.name), Buffer.from(b.name));
}

/** Exactly as many bytes as the header says, whatever happens to the file meanwhile. */
async function* contentOf(path: string, sizeBytes: number): AsyncIterable<Uint8Array> {
  let leftBytes = sizeBytes;
  for await (const chunk of createReadStream(path, { end: sizeBytes - 1 }) as AsyncIterable<Buffer>) {
    leftBytes -= chunk.length; // A stream without an encoding yields buffers.
    yield chunk;
  }
  if (leftBytes > 0) throw new AppError("IO_ERROR", `${path} became shorter while it was packed`);
}

function tooLarge(folder: string, bytesMax: number): AppError {
  const message = `the project ${folder} has more than the ${bytesMax} bytes that are uploaded for a job; keep data elsewhere and name it by a parameter`;
  return new AppError("INVALID_PARAMETER_VALUE", message);
}
