import { fdatasync } from "node:fs";
import { AppError } from "@flightdeck/core";

/** Runs work in a transaction. Rolls back and rethrows when the work or the commit throws. */
export type Transaction = (work: () => void) => void;

type Write = {
  readonly perform: () => void;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
};

/**
 * BEGIN and COMMIT together cost as much as three small writes. More than a hundred small writes fit into 2 ms, so a
 * larger group would save hardly anything, and a group's first write never waits long for the last.
 */
const GROUP_MS_MAX = 2;

/**
 * Group commit: writes that arrive within two turns of the event loop share a transaction, so the busier a server is, the
 * less each write costs. Each write is still atomic: when one throws, the group is rolled back and each of its writes runs
 * again in a separate transaction.
 */
export class WriteGroups {
  readonly #transaction: Transaction;
  readonly #synced: () => Promise<void>;
  readonly #waiting: Write[] = [];

  /** `synced` resolves when everything committed so far is on disk. */
  constructor(transaction: Transaction, synced: () => Promise<void>) {
    this.#transaction = transaction;
    this.#synced = synced;
  }

  /** Resolves when the work's changes are committed and synced. The work may run twice. */
  add<T>(work: () => T): Promise<T> {
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    let result: T;
    const perform = (): void => {
      result = work();
    };
    this.#waiting.push({ perform, resolve: () => resolve(result), reject });
    if (this.#waiting.length === 1) afterTwoTurns(() => this.#runGroup());
    return promise;
  }

  get waitingCount(): number {
    return this.#waiting.length;
  }

  /** Runs all pending writes now. */
  flush(): void {
    while (this.#waiting.length > 0) this.#runGroup();
  }

  #runGroup(): void {
    const waiting = this.#waiting;
    if (waiting.length === 0) return; // Flushed meanwhile.
    const endMs = performance.now() + GROUP_MS_MAX;
    let count = 0;
    const failure = this.#attempt(() => {
      do waiting[count++]?.perform();
      while (count < waiting.length && performance.now() < endMs);
    });
    // If BEGIN failed, reject all waiting writes: each further group would wait just as long for the locked database.
    const group = waiting.splice(0, count === 0 ? waiting.length : count);
    if (waiting.length > 0) setImmediate(() => this.#runGroup());
    if (failure === undefined) void this.#acknowledge(group); // Never rejects.
    else if (count > 1) for (const write of group) this.#runAlone(write);
    else for (const write of group) write.reject(failure.error);
  }

  #runAlone(write: Write): void {
    const failure = this.#attempt(write.perform);
    if (failure === undefined) void this.#acknowledge([write]); // Never rejects.
    else write.reject(failure.error);
  }

  #attempt(work: () => void): { readonly error: unknown } | undefined {
    try {
      this.#transaction(work);
      return undefined;
    } catch (error) {
      return { error };
    }
  }

  async #acknowledge(group: readonly Write[]): Promise<void> {
    try {
      await this.#synced();
    } catch (error) {
      for (const write of group) write.reject(error);
      return;
    }
    for (const write of group) write.resolve();
  }
}

/** The first turn finishes the event loop's current work; the second takes in what arrived meanwhile. */
function afterTwoTurns(work: () => void): void {
  setImmediate(() => setImmediate(work));
}

/**
 * Makes commits durable in groups: a sync covers every commit made before it starts, and the next group gathers while
 * it runs. So commits share syncs, and none is acknowledged before it is on disk.
 *
 * After a failed sync, the kernel may drop the pages that it could not write and report the next sync as successful
 * (https://wiki.postgresql.org/wiki/Fsync_Errors). So a failure is final: this and every later wait rejects.
 */
export class WalSync {
  readonly #fd: number;
  #gathering: Group | undefined;
  #isRunning = false;
  #failure: AppError | undefined;

  constructor(fd: number) {
    this.#fd = fd;
  }

  /** Throws when an earlier sync has failed. Call it before each write. */
  assertHealthy(): void {
    if (this.#failure !== undefined) throw this.#failure;
  }

  /** Resolves when everything committed so far is on disk. */
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
