import type { ArtifactRepository } from "@flightdeck/artifacts";
import { AppError } from "@flightdeck/core";
import { randomInt } from "node:crypto";
import { once } from "node:events";
import { PassThrough } from "node:stream";
import type { Principal } from "../identity/principal.ts";
import { holderOf, Shares } from "../identity/shares.ts";

/** Files that may be written block by block at the same time. Each keeps a file open. */
export const HANDLES_MAX = 100;
/** A handle that gets no block for this long counts as abandoned, and its blocks are dropped. */
export const HANDLE_IDLE_MS = 600_000;

/** A file that is written block by block by whoever opened it. */
type OpenFile = {
  readonly owner: string;
  readonly content: PassThrough;
  /** Settles when the file is stored, or when that has failed. */
  readonly written: Promise<number>;
  readonly forget: NodeJS.Timeout;
  readonly release: () => void;
};

/** `randomInt` takes ranges below 2 ** 48. */
const HANDLE_MAX = 2 ** 47;

/** The handles of `dbfs/create`, `add-block` and `close`. A file becomes visible when its handle is closed. */
export class DbfsHandles {
  readonly #repository: ArtifactRepository;
  readonly #shares = new Shares({ max: HANDLES_MAX, what: "files are being written" });
  readonly #open = new Map<number, OpenFile>();

  constructor(repository: ArtifactRepository) {
    this.#repository = repository;
  }

  /** Opens a handle that nobody can guess. Throws `REQUEST_LIMIT_EXCEEDED` when too many are open. */
  create(path: string, principal: Principal): number {
    const release = this.#shares.take(holderOf(principal));
    const handle = randomInt(1, HANDLE_MAX);
    const content = new PassThrough();
    content.on("error", () => {}); // `written` reports it; without a listener it would crash the server.
    const written = this.#repository.write(path, content);
    written.catch(() => content.destroy()); // Reported to the next call with this handle.
    const forget = setTimeout(() => this.#drop(handle), HANDLE_IDLE_MS).unref();
    this.#open.set(handle, { owner: principal.name, content, written, forget, release });
    return handle;
  }

  /** Resolves when the block has been accepted and the next may follow. */
  async addBlock(handle: number, owner: string, block: Uint8Array): Promise<void> {
    const { content, written, forget } = this.#get(handle, owner);
    forget.refresh();
    if (!content.writable) await written; // Throws why the write failed.
    if (content.write(block)) return;
    const waiting = new AbortController();
    try {
      await Promise.race([once(content, "drain", { signal: waiting.signal }), written]);
    } finally {
      waiting.abort();
    }
  }

  /** Resolves when the file is stored and would survive a power cut. */
  async close(handle: number, owner: string): Promise<void> {
    const { content, written, forget, release } = this.#get(handle, owner);
    this.#open.delete(handle);
    release();
    clearTimeout(forget);
    content.end();
    await written;
  }

  /** Drops all files that were not closed, when the server closes. */
  async dropAll(): Promise<void> {
    const writes = [...this.#open.values()].map(({ written }) => written);
    for (const handle of this.#open.keys()) this.#drop(handle);
    await Promise.allSettled(writes);
  }

  #get(handle: number, owner: string): OpenFile {
    const open = this.#open.get(handle);
    if (open !== undefined && open.owner === owner) return open;
    throw new AppError(
      "RESOURCE_DOES_NOT_EXIST",
      `No open handle ${handle}; it may have been closed or forgotten`,
    );
  }

  #drop(handle: number): void {
    const open = this.#open.get(handle);
    if (open === undefined) return;
    this.#open.delete(handle);
    open.release();
    clearTimeout(open.forget);
    open.content.destroy(new AppError("CANCELLED", "the file was not closed"));
  }
}
