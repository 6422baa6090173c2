import type { Database } from "../database/database.ts";
import type { Work } from "../database/work.ts";
import type { Dialect } from "../dialects/dialect.ts";
import { checkCaller } from "./check-caller.ts";
import type { Caller } from "./workspace-store.ts";

/**
 * A database as one caller may use it: each transaction first checks what the caller needs, so that nothing can change
 * between check and use. Once it has written it checks no more: what it names may be gone, or have another name, by its
 * own doing.
 */
export class CallersDatabase implements Database {
  readonly dialect: Dialect;
  readonly #database: Database;
  readonly #caller: Caller;
  #hasWritten = false;

  constructor(database: Database, caller: Caller) {
    this.dialect = database.dialect;
    this.#database = database;
    this.#caller = caller;
  }

  async read<T>(work: () => Work<T>): Promise<T> {
    return this.#database.read(this.#checked(work, false));
  }

  async write<T>(work: () => Work<T>): Promise<T> {
    const result = await this.#database.write(this.#checked(work, true));
    this.#hasWritten = true;
    return result;
  }

  async close(): Promise<void> {
    return this.#database.close();
  }

  #checked<T>(work: () => Work<T>, isWrite: boolean): () => Work<T> {
    if (this.#hasWritten) return work;
    const caller = this.#caller;
    return function* () {
      yield* checkCaller(caller, isWrite);
      return yield* work();
    };
  }
}
