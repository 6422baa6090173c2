import { fdatasync } from "node:fs";
import { AppError } from "@flightdeck/core";

/**
 * Makes commits durable in groups: whoever committed before a sync starts is covered by it, and while one runs the next
 * group gathers. So a commit costs no sync of its own, and none is acknowledged before it is on the disk.
 *
 * After a failed sync the kernel may have dropped the pages it could not write and call the next sync a success
 * (https://wiki.postgresql.org/wiki/Fsync_Errors), so a failure is final: this and every later wait rejects.
 */
export class WalSync {
  readonly #fd: number;
  #gathering: Group | undefined;
  #isRunning = false;
  #failure: AppError | undefined;

  constructor(fd: number) {
    this.#fd = fd;
  }

  /** Throws when an earlier sync has failed; to be asked before a write begins. */
  assertHealthy(): void {
    if (this.#failure !== undefined) throw this.#failure;
  }

  /** Resolves when all that has been committed until now is on the disk. */
  wait(): Promise<void> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    this.#gathering ??= Promise.withResolvers<void>();
    const { promise } = this.#gathering;
    if (!this.#isRunning) this.#start();
    return promise;
  }

  #start(): void {
    const group = this.#gathering;
    if (group === undefined) return;
    this.#gathering = undefined;
    this.#isRunning = true;
    fdatasync(this.#fd, (error) => {
      this.#isRunning = false;
      if (error !== null) return this.#fail(group, error);
      group.resolve();
      this.#start();
    });
  }

  #fail(group: Group, cause: Error): void {
    this.#failure = new AppError(
      "IO_ERROR",
      `the database could not be written to disk (${cause.message}); it takes no more writes until it is opened again`,
      { cause },
    );
    group.reject(this.#failure);
    this.#gathering?.reject(this.#failure);
    this.#gathering = undefined;
  }
}

type Group = PromiseWithResolvers<void>;
