import { AppError } from "@flightdeck/core";
import { randomUUID } from "node:crypto";
import { createReadStream, createWriteStream, existsSync } from "node:fs";
import { mkdir, readdir, rename, rm, stat } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { pipeline } from "node:stream/promises";
import type { Entry, Place, WriteInput } from "./place.ts";

/** Files of this machine. Links to files are followed; links to folders are not, as they may lead back. */
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

async function findEntry(path: string): Promise<Entry | undefined> {
  try {
    const found = await stat(path);
    if (!found.isFile() && !found.isDirectory()) return undefined; // A pipe or a device has no content to copy.
    return { path, isDir: found.isDirectory(), sizeBytes: found.size };
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  }
}

/** Under a name of its own until it is whole: a copy that is stopped leaves the old file, or none. */
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

/** A pipe or a device is not replaced in any case: the machine's null device, say. */
async function requireFree(path: string, overwrite: boolean): Promise<void> {
  if (!existsSync(path)) return;
  if ((await findEntry(path)) === undefined) {
    throw new AppError("INVALID_PARAMETER_VALUE", `${path} is neither a file nor a folder`);
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
