import type { Database } from "../database/database.ts";
import type { StoreContext } from "../tracking/context.ts";
import { findGarbage } from "./find-garbage.ts";
import { deletePoints, findLeft, forget } from "./finish-garbage.ts";
import type { FindGarbageInput, Garbage, GarbageStore } from "./garbage-store.ts";
import { listUnfinished, removeGarbage } from "./remove-garbage.ts";

/** Removal for good over any SQL database. */
export class SqlGarbageStore implements GarbageStore {
  readonly #database: Database;
  readonly #context: StoreContext;

  constructor(database: Database, context: StoreContext) {
    this.#database = database;
    this.#context = context;
  }

  async findGarbage(input: FindGarbageInput = {}): Promise<readonly Garbage[]> {
    const untilMs = this.#context.clock.nowMs() - (input.olderThanMs ?? 0);
    return this.#database.read(() => findGarbage(input, untilMs));
  }

  async remove(garbage: readonly Garbage[]): Promise<readonly Garbage[]> {
    return this.#database.write(() => removeGarbage(garbage));
  }

  async listUnfinished(): Promise<readonly Garbage[]> {
    return this.#database.read(listUnfinished);
  }

  async finish(garbage: readonly Garbage[]): Promise<void> {
    const keys = new Set(garbage.map(keyOf));
    const found = await this.#database.read(() => findLeft(garbage.map(({ id }) => id)));
    const left = found.filter(({ kind, uuid: id }) => keys.has(keyOf({ kind, id })));
    for (const { kind, row_id: runId } of left) {
      let hasMore = kind === "run";
      while (hasMore) hasMore = await this.#database.write(() => deletePoints(runId));
    }
    await this.#database.write(() => forget(left));
  }
}

function keyOf({ kind, id }: { readonly kind: string; readonly id: string }): string {
  return `${kind} ${id}`;
}
