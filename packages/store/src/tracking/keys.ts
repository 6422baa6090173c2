import { assert } from "@flightdeck/core";
import { bulkInsert } from "../database/bulk-insert.ts";
import { statement } from "../database/statement.ts";
import { all, first, insertRows, type Work } from "../database/work.ts";

/** Keys as the numbers that stand for them, by key. */
export type KeyIds = ReadonlyMap<string, number>;

/** The number of a key, or undefined when nothing has ever been logged under it. */
export function* findKeyId(key: string): Work<number | undefined> {
  return (yield* first(selectOne({ key })))?.id;
}

/** The numbers of keys, giving new ones where needed. Part of a write. */
export function* internKeys(keys: Iterable<string>): Work<KeyIds> {
  const wanted = [...new Set(keys)];
  const ids = yield* knownIds(wanted);
  const missing = wanted.filter((key) => !ids.has(key));
  if (missing.length === 0) return ids;
  yield* insertRows(
    INSERT_KEYS,
    missing.map((key) => [key]),
  );
  for (const [key, id] of yield* knownIds(missing)) ids.set(key, id);
  return ids;
}

export function keyId(ids: KeyIds, key: string): number {
  const id = ids.get(key);
  assert(id !== undefined, `key ${key} was not interned`);
  return id;
}

function* knownIds(keys: readonly string[]): Work<Map<string, number>> {
  const ids = new Map<string, number>();
  // Most writes carry a handful of keys: one lookup each is cheaper than a list.
  if (keys.length <= 4) {
    for (const key of keys) {
      const id = yield* findKeyId(key);
      if (id !== undefined) ids.set(key, id);
    }
    return ids;
  }
  for (const { id, key } of yield* all(selectMany({ keys: JSON.stringify(keys) }))) ids.set(key, id);
  return ids;
}

const INSERT_KEYS = bulkInsert("keys", ["key"], { target: ["key"], update: [] });

const selectOne = statement<{ key: string }>()((db, arg) =>
  db.selectFrom("keys").select("id").where("key", "=", arg("key")),
);

const selectMany = statement<{ keys: string }>()((db, arg, dialect) =>
  db
    .selectFrom("keys")
    .select(["id", "key"])
    .where("key", "in", dialect.listOfTexts(arg("keys"))),
);
