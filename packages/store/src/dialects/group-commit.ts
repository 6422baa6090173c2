import { fdatasync } from "node:fs";
import { AppError } from "@flightdeck/core";

/** Does work in a transaction, or nothing when the work or the commit throws, which it passes on. */
export type Transaction = (work: () => void) => void;

type Write = {
  readonly perform: () => void;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
};

/**
 * To begin and to commit costs as much as three small writes. 2 ms are enough for more than a hundred of those, so that
 * hardly anything is left to share, and the first of a group need not wait long for its last.
 */
const GROUP_MS_MAX = 2;

/**
 * Commits in groups: writes that come in within two turns of the event loop share a transaction, so that the busier a
 * server is, the less each costs. Still each happens whole or not at all: when one throws, the group is taken back, and
 * its writes run again, each in a transaction of its own.
 */
export class WriteGroups {
  readonly #transaction: Transaction;
  readonly #synced: () => Promise<void>;
  readonly #waiting: Write[] = [];

  /** `synced` resolves when all that has been committed is on the disk. */
  constructor(transaction: Transaction, synced: () => Promise<void>) {
    this.#transaction = transaction;
    this.#synced = synced;
  }

  /** Resolves when what the work has done is committed and synced. The work may be run twice. */
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

  /** Runs at once what waits. */
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
    // When it could not even begin, those behind would wait for the database as long again.
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

/** In the first turn ends what the event loop had begun, in the second comes in what arrived meanwhile. */
function afterTwoTurns(work: () => void): void {
  setImmediate(() => setImmediate(work));
}

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
