import type { ArtifactRepository } from "@flightdeck/artifacts";
import { AppError } from "@flightdeck/core";
import { randomInt } from "node:crypto";
import { once } from "node:events";
import { PassThrough } from "node:stream";
import { BOUNDS } from "../bounds.ts";
import type { Principal } from "../http/authenticator.ts";
import { holderOf, Shares } from "../shares.ts";

/** A file that is written block by block, for the one who opened it. */
type OpenFile = {
  readonly owner: string;
  readonly content: PassThrough;
  /** Settles when the file is in its place, or when that has failed. */
  readonly written: Promise<number>;
  readonly forget: NodeJS.Timeout;
  readonly release: () => void;
};

/** Above what `randomInt` takes as a range. */
const HANDLE_MAX = 2 ** 47;

/** The handles of `dbfs/create`, `add-block` and `close`. Nothing is seen at a file's place before it is closed. */
export class DbfsHandles {
  readonly #repository: ArtifactRepository;
  readonly #shares = new Shares({ max: BOUNDS.dbfsHandlesMax, what: "files are being written" });
  readonly #open = new Map<number, OpenFile>();

  constructor(repository: ArtifactRepository) {
    this.#repository = repository;
  }

  /** Opens a handle, which nobody can guess. Throws `REQUEST_LIMIT_EXCEEDED` when too many are open. */
  create(path: string, principal: Principal): number {
    const release = this.#shares.take(holderOf(principal));
    const handle = randomInt(1, HANDLE_MAX);
    const content = new PassThrough();
    content.on("error", () => {}); // `written` tells it; unheard it would end the server.
    const written = this.#repository.write(path, content);
    written.catch(() => content.destroy()); // Told to whoever uses the handle next; no block is waited for.
    const forget = setTimeout(() => this.#drop(handle), BOUNDS.dbfsHandleIdleMs).unref();
    this.#open.set(handle, { owner: principal.name, content, written, forget, release });
    return handle;
  }

  /** Resolves when the block is taken up and another may come. */
  async addBlock(handle: number, owner: string, block: Uint8Array): Promise<void> {
    const { content, written, forget } = this.#get(handle, owner);
    forget.refresh();
    if (!content.writable) await written; // Throws what went wrong.
    if (content.write(block)) return;
    const waiting = new AbortController();
    try {
      await Promise.race([once(content, "drain", { signal: waiting.signal }), written]);
    } finally {
      waiting.abort();
    }
  }

  /** Resolves when the file is in its place and survives a power cut. */
  async close(handle: number, owner: string): Promise<void> {
    const { content, written, forget, release } = this.#get(handle, owner);
    this.#open.delete(handle);
    release();
    clearTimeout(forget);
    content.end();
    await written;
  }

  /** Drops all files that are not closed, when the server ends. */
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
