import { createHash, randomUUID } from "node:crypto";
import { mkdir, readdir, readFile, rename, rm, stat, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { AppError, messageOf } from "@flightdeck/core";
import type { ReadRun } from "./block-cache.ts";

/** Options of the disk cache for blocks of remote files. */
export type DiskCacheOptions = {
  /** The folder. It is created, accessible only to its owner, if it does not exist. Several programs may share it. */
  readonly dir: string;
  /** The maximum size in bytes, at least 1. The least recently used blocks are removed first. Default 4 GiB. */
  readonly bytesMax?: number | undefined;
};

/** A version of a file on a server. When either field changes, the old blocks are no longer used. */
export type CachedFile = {
  /** Without user, password and query, so that blocks are found again through a new signed link. */
  readonly url: string;
  /** The server's identifier of the version. */
  readonly etag: string;
  readonly byteLength: number;
  readonly blockBytes: number;
};

const BYTES_MAX_DEFAULT = 4 * 2 ** 30;
/** Eviction shrinks the cache to this share of the limit, so that not every write must scan the folder. */
const KEPT_SHARE = 0.9;
const ENDING = ".block";
const DIGEST_BYTES = 32;

/**
 * Stores each block of a remote file as one file: a SHA-256 of the contents, then the contents. A damaged block is
 * removed and fetched again. Files are written elsewhere and moved into place, so that programs sharing the folder
 * never see an incomplete one.
 */
export class DiskCache {
  readonly #dir: string;
  readonly #bytesMax: number;
  /** The size of the folder at the last scan, plus everything written since. */
  #bytes: number | undefined;

  constructor({ dir, bytesMax = BYTES_MAX_DEFAULT }: DiskCacheOptions) {
    if (!(bytesMax >= 1))
      throw new AppError(
        "INVALID_PARAMETER_VALUE",
        `bytesMax of a cache must be at least 1, got ${bytesMax}`,
      );
    this.#dir = dir;
    this.#bytesMax = bytesMax;
  }

  /**
   * Reads a run of blocks from the folder if all of them are there; otherwise fetches them with `fetchRun` and stores
   * them.
   */
  through(file: CachedFile, fetchRun: ReadRun): ReadRun {
    const name = createHash("sha256").update(JSON.stringify(file)).digest("hex");
    const pathOf = (block: number): string => join(this.#dir, `${name}-${block}${ENDING}`);
    return async (start, end) => {
      const first = Math.floor(start / file.blockBytes);
      const count = Math.ceil((end - start) / file.blockBytes);
      const paths = Array.from({ length: count }, (_, i) => pathOf(first + i));
      const known = await Promise.all(paths.map((path) => readBlock(path)));
      if (known.every((block) => block !== undefined)) return joined(known, end - start);
      const bytes = await fetchRun(start, end);
      for (const [i, path] of paths.entries()) {
        const at = i * file.blockBytes;
        if (known[i] === undefined)
          await this.keep(path, new Uint8Array(bytes.slice(at, at + file.blockBytes)));
      }
      return bytes;
    };
  }

  /** Stores a block at a path determined by `through`. */
  async keep(path: string, contents: Uint8Array): Promise<void> {
    const part = `${path}.${randomUUID()}`;
    try {
      await mkdir(this.#dir, { recursive: true, mode: 0o700 });
      this.#bytes ??= (await this.#blocks()).reduce((sum, { size }) => sum + size, 0);
      const digest = createHash("sha256").update(contents).digest();
      await writeFile(part, Buffer.concat([digest, contents]), { mode: 0o600, flag: "wx" });
      await rename(part, path);
      this.#bytes += DIGEST_BYTES + contents.length;
      if (this.#bytes > this.#bytesMax) await this.#evict();
    } catch (cause) {
      await rm(part, { force: true }).catch(() => undefined); // Report the first error instead.
      throw new AppError("IO_ERROR", `the cache in ${this.#dir} could not be written: ${messageOf(cause)}`, {
        cause,
      });
    }
  }

  async #evict(): Promise<void> {
    const blocks = (await this.#blocks()).sort((a, b) => a.usedMs - b.usedMs);
    let bytes = blocks.reduce((sum, { size }) => sum + size, 0);
    for (const { path, size } of blocks) {
      if (bytes <= this.#bytesMax * KEPT_SHARE) break;
      await rm(path, { force: true });
      bytes -= size;
    }
    this.#bytes = bytes;
  }

  async #blocks(): Promise<{ readonly path: string; readonly size: number; readonly usedMs: number }[]> {
    const names = (await readdir(this.#dir)).filter((name) => name.includes(ENDING));
    const found = await Promise.all(
      names.map(async (name) => {
        const path = join(this.#dir, name);
        const about = await stat(path).catch(() => undefined); // Another program may have removed it.
        return about === undefined ? [] : [{ path, size: about.size, usedMs: about.mtimeMs }];
      }),
    );
    return found.flat();
  }
}

/** The contents of a block, or undefined if it is missing or damaged. */
async function readBlock(path: string): Promise<Uint8Array | undefined> {
  const bytes = await readFile(path).catch(() => undefined);
  if (bytes === undefined) return undefined;
  const contents = bytes.subarray(DIGEST_BYTES);
  const digest = createHash("sha256").update(contents).digest();
  if (!digest.equals(bytes.subarray(0, DIGEST_BYTES))) {
    await rm(path, { force: true });
    return undefined;
  }
  const now = new Date();
  await utimes(path, now, now).catch(() => undefined); // Only affects the order of eviction.
  return contents;
}

function joined(blocks: readonly Uint8Array[], length: number): ArrayBuffer {
  const all = new Uint8Array(length);
  let at = 0;
  for (const block of blocks) {
    all.set(block.subarray(0, length - at), at);
    at += block.length;
  }
  return all.buffer;
}
