import type { DbfsApi, DbfsFileWire } from "@flightdeck/client";
import { AppError, codeOf, invalid } from "@flightdeck/core";
import { randomUUID } from "node:crypto";
import { createReadStream, createWriteStream, existsSync } from "node:fs";
import { mkdir, readdir, rename, rm, stat } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";

export type Entry = { readonly path: string; readonly isDir: boolean; readonly sizeBytes: number };

type WriteInput = {
  readonly content: Readable;
  readonly overwrite: boolean;
  readonly signal: AbortSignal;
  readonly onProgress: (bytes: number) => void;
};

/** A place to copy files from or to. Paths are in the form in which users write them. */
export type Place = {
  find(path: string): Promise<Entry | undefined>;
  /** Lists the contents of a folder. */
  list(path: string): Promise<readonly Entry[]>;
  makeFolder(path: string): Promise<void>;
  open(path: string, signal: AbortSignal): Promise<Readable>;
  /**
   * Writes a file and creates its parent folders. Throws `RESOURCE_ALREADY_EXISTS` if the file exists and must not be
   * overwritten.
   */
  write(path: string, input: WriteInput): Promise<void>;
  join(folder: string, name: string): string;
  nameOf(path: string): string;
};

const SCHEME = "dbfs:";

/** Local files. Follows symlinks to files but not to folders, which could form a cycle. */
export const localPlace: Place = {
  find: findEntry,
  list: async (folder) => {
    const children = await readdir(folder, { withFileTypes: true });
    const entries = await Promise.all(
      children.map(async (child) => {
        const entry = await findEntry(join(folder, child.name));
        return child.isSymbolicLink() && entry?.isDir === true ? undefined : entry;
      }),
    );
    return entries.filter((entry) => entry !== undefined);
  },
  makeFolder: async (path) => void (await mkdir(path, { recursive: true })),
  open: (path) => Promise.resolve(createReadStream(path)),
  write,
  join,
  nameOf: (path) => basename(resolve(path)),
};

export function isDbfsPath(path: string): boolean {
  return path.startsWith(`${SCHEME}/`);
}

/** Returns the path; throws `INVALID_PARAMETER_VALUE` if it is not on DBFS. */
export function checkDbfsPath(path: string): string {
  if (isDbfsPath(path)) return path;
  throw invalid(`a path of DBFS begins with dbfs:/, got ${JSON.stringify(path)}`);
}

/** Files on the DBFS of a workspace, with paths that start with `dbfs:/`. */
export function dbfsPlace(dbfs: DbfsApi): Place {
  return {
    find: async (path) => {
      const found = await dbfs.findStatus(path);
      return found === undefined ? undefined : { ...entryOf(found), path };
    },
    list: async (path) => (await dbfs.list(path)).map((file) => checkChild(path, entryOf(file))),
    makeFolder: (path) => dbfs.mkdirs(path),
    open: async (path, signal) => (await dbfs.download(path, { signal })).stream,
    write: async (path, { content, overwrite, signal, onProgress }) => {
      let told = 0;
      const tell = ({ bytesDone }: { readonly bytesDone: number }): void => {
        onProgress(bytesDone - told);
        told = bytesDone;
      };
      await dbfs.upload(path, content, { overwrite, signal, onProgress: tell });
    },
    join: (folder, name) => `${withoutTrailingSlashes(folder)}/${name}`,
    nameOf: dbfsName,
  };
}

function entryOf({ path, is_dir: isDir, file_size: sizeBytes }: DbfsFileWire): Entry {
  return { path: path.startsWith(SCHEME) ? path : SCHEME + path, isDir, sizeBytes };
}

function dbfsName(path: string): string {
  return withoutTrailingSlashes(path).split("/").at(-1) ?? "";
}

function withoutTrailingSlashes(path: string): string {
  return path.replace(/(?<!\/)\/+$/, "");
}

/** A malicious workspace could list a path outside the folder being copied. */
function checkChild(folder: string, entry: Entry): Entry {
  const name = dbfsName(entry.path);
  const isInside = entry.path === `${withoutTrailingSlashes(folder)}/${name}`;
  // oxlint-disable-next-line no-control-regex -- matching control characters is the purpose
  if (isInside && !["", ".", ".."].includes(name) && !/[\\\u0000-\u001f]/.test(name)) return entry;
  const message = `the workspace listed ${JSON.stringify(entry.path)} in ${folder}, which is no name in that folder`;
  throw new AppError("PERMISSION_DENIED", message);
}

async function findEntry(path: string): Promise<Entry | undefined> {
  try {
    const found = await stat(path);
    if (!found.isFile() && !found.isDirectory()) return undefined; // Pipes and devices have no content to copy.
    return { path, isDir: found.isDirectory(), sizeBytes: found.size };
  } catch (error) {
    if (codeOf(error) === "ENOENT") return undefined;
    throw error;
  }
}

/** Writes to a temporary name first, so that an interrupted copy leaves the old file or none. */
async function write(path: string, { content, overwrite, signal, onProgress }: WriteInput): Promise<void> {
  await requireFree(path, overwrite);
  await mkdir(dirname(path), { recursive: true });
  const partial = `${path}.${randomUUID()}.part`;
  try {
    await pipeline(content, told(onProgress), createWriteStream(partial, { flags: "wx" }), { signal });
    await rename(partial, path);
  } finally {
    await rm(partial, { force: true });
  }
}

/** Never replaces a pipe or a device, such as the null device, even with `overwrite`. */
async function requireFree(path: string, overwrite: boolean): Promise<void> {
  if (!existsSync(path)) return;
  if ((await findEntry(path)) === undefined) {
    throw invalid(`${path} is neither a file nor a folder`);
  }
  if (!overwrite) {
    throw new AppError("RESOURCE_ALREADY_EXISTS", `${path} is already there; --overwrite replaces it`);
  }
}

type Chunks = AsyncIterable<Uint8Array>;

function told(onProgress: (bytes: number) => void): (chunks: Chunks) => Chunks {
  return async function* (chunks) {
    for await (const chunk of chunks) {
      yield chunk;
      onProgress(chunk.byteLength);
    }
  };
}
