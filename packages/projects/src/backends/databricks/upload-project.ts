import { AppError, invalid, isAppError, newId } from "@flightdeck/core";
import { createHash } from "node:crypto";
import { createReadStream, createWriteStream } from "node:fs";
import { lstat, mkdtemp, readdir, readlink, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { createGzip } from "node:zlib";
import type { JobWorkspace } from "./job-workspace.ts";
import { ARCHIVE_FOLDER } from "./job-submission.ts";
import { padding, TAR_BLOCK_BYTES, tarEnd, type TarEntry, tarHeader } from "./tar-header.ts";

type Destination = {
  readonly workspace: JobWorkspace;
  /** The run's experiment: MLflow stores uploaded code per experiment. */
  readonly experimentId: string;
  readonly signal?: AbortSignal | undefined;
};

type Upload = {
  /** Local path. */
  readonly file: string;
  /** Absolute path in DBFS. */
  readonly dbfsPath: string;
  readonly signal?: AbortSignal | undefined;
};

type PackedProject = { readonly path: string; readonly sha256: string; readonly sizeBytes: number };

type PackProjectOptions = {
  /** The project's folder. */
  readonly folder: string;
  /** Where to write the archive. */
  readonly path: string;
  /** The name of its single top-level folder. */
  readonly name: string;
  readonly signal?: AbortSignal | undefined;
  readonly bytesMax?: number | undefined;
};

/** Data that runs leave in a project's folder: MLflow's store, and ours. */
const EXCLUDED: ReadonlySet<string> = new Set(["mlruns", ".flightdeck"]);

/** Projects are code with little data. Large data belongs in storage that the cluster reads directly. */
const PROJECT_BYTES_MAX = 1024 ** 3;

/** The default of Python's gzip. */
const GZIP_LEVEL = 9;

const PERMISSIONS = 0o7777;

/**
 * Uploads a project to MLflow's location in DBFS, under its content hash. Returns the path under which a cluster reads it,
 * `/dbfs/…`.
 */
export async function uploadProject({
  workspace,
  folder,
  experimentId,
  signal,
}: Destination & { readonly folder: string }): Promise<string> {
  return await withTemporaryFolder(async (temporary) => {
    const file = join(temporary, "project.tar.gz");
    const { sha256 } = await packProject({ folder, path: file, name: ARCHIVE_FOLDER, signal });
    const dbfsPath = `${codeFolder(experimentId)}/${sha256}.tar.gz`;
    await uploadOnce(workspace, { file, dbfsPath, signal });
    return `/dbfs${dbfsPath}`;
  });
}

/** Uploads a Python file next to the projects, under a new unique name. Returns its path in DBFS. */
export async function uploadCode({
  workspace,
  code,
  experimentId,
  signal,
}: Destination & { readonly code: string }): Promise<string> {
  return await withTemporaryFolder(async (temporary) => {
    const file = join(temporary, "job.py");
    await writeFile(file, code);
    const dbfsPath = `${codeFolder(experimentId)}/${newId()}.py`;
    await uploadOnce(workspace, { file, dbfsPath, signal });
    return dbfsPath;
  });
}

async function withTemporaryFolder<T>(action: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), "flightdeck-upload-"));
  try {
    return await action(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Uploads a content-addressed file unless it exists. Two clients may race: either upload will do. */
async function uploadOnce(workspace: JobWorkspace, { file, dbfsPath, signal }: Upload): Promise<void> {
  if (await workspace.exists(dbfsPath, { signal })) return;
  await workspace.upload(file, dbfsPath, { signal }).catch((error: unknown) => {
    if (!isAppError(error, "ALREADY_EXISTS")) throw error;
  });
}

/** Where MLflow keeps the code of an experiment's jobs. */
function codeFolder(experimentId: string): string {
  return `/mlflow-experiments/${experimentId}/projects-code`;
}

/**
 * Packs a project as one folder of a compressed tar archive. Times and owners are left out and names are sorted, so that
 * the same project has the same hash for everyone and is uploaded once. Symlinks stay symlinks. Sockets, devices and a
 * symlinked `node_modules` are left out.
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
  await pipeline(tarOf(options), gzip, measure, createWriteStream(path), { signal });
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

/** Yields a folder before its contents. */
async function* entriesOf(path: string, name: string): AsyncIterable<FoundEntry> {
  const stats = await lstat(path);
  const mode = stats.mode & PERMISSIONS;
  if (stats.isFile()) yield { path, entry: { name, kind: "file", mode, sizeBytes: stats.size } };
  if (stats.isSymbolicLink())
    yield { path, entry: { name, kind: "link", mode, sizeBytes: 0, target: await readlink(path) } };
  if (!stats.isDirectory()) return;
  yield { path, entry: { name, kind: "folder", mode, sizeBytes: 0 } };
  for (const child of (await readdir(path, { withFileTypes: true })).toSorted(byCodePoints)) {
    if (EXCLUDED.has(child.name)) continue;
    if (child.name === "node_modules" && child.isSymbolicLink()) continue;
    yield* entriesOf(join(path, child.name), `${name}/${child.name}`);
  }
}

/** Python's sort order, independent of the machine's locale. */
function byCodePoints(a: { readonly name: string }, b: { readonly name: string }): number {
  return Buffer.compare(Buffer.from(a.name), Buffer.from(b.name));
}

/** Yields exactly as many bytes as the header says, even when the file grows meanwhile. */
async function* contentOf(path: string, sizeBytes: number): AsyncIterable<Uint8Array> {
  let leftBytes = sizeBytes;
  for await (const chunk of createReadStream(path, { end: sizeBytes - 1 }) as AsyncIterable<Buffer>) {
    leftBytes -= chunk.length; // A stream without an encoding yields buffers.
    yield chunk;
  }
  if (leftBytes > 0) throw new AppError("IO_ERROR", `${path} shrank while it was being packed`);
}

function tooLarge(folder: string, bytesMax: number): AppError {
  const message = `the project ${folder} has more than the ${bytesMax} bytes allowed for a job; keep data elsewhere and pass its location as a parameter`;
  return invalid(message);
}
