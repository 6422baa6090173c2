import { assert } from "@flightdeck/core";
import { bulkInsert } from "../database/bulk-insert.ts";
import { statement } from "../database/statement.ts";
import { all, first, insertRows, type Work } from "../database/work.ts";

/** Ids of interned keys, by key. */
export type KeyIds = ReadonlyMap<string, number>;

/** The id of a key in an experiment, or undefined when it was never used there. */
export function* findKeyId(experimentId: number, key: string): Work<number | undefined> {
  return (yield* first(selectOne({ experimentId, key })))?.id;
}

/** Returns the ids of keys in an experiment, creating missing ones. Runs in a write transaction. */
export function* internKeys(experimentId: number, keys: Iterable<string>): Work<KeyIds> {
  const wanted = [...new Set(keys)];
  const ids = yield* knownIds(experimentId, wanted);
  const missing = wanted.filter((key) => !ids.has(key));
  if (missing.length === 0) return ids;
  yield* insertRows(
    INSERT_KEYS,
    missing.map((key) => [experimentId, key]),
  );
  for (const [key, id] of yield* knownIds(experimentId, missing)) ids.set(key, id);
  return ids;
}

/** Keys by id. */
export function* keyNames(ids: Iterable<number>): Work<ReadonlyMap<number, string>> {
  const rows = yield* all(selectNames({ ids: JSON.stringify([...new Set(ids)]) }));
  return new Map(rows.map(({ id, key }) => [id, key]));
}

export function keyId(ids: KeyIds, key: string): number {
  const id = ids.get(key);
  assert(id !== undefined, `key ${key} was not interned`);
  return id;
}

/** Most writes have a handful of keys. Up to this many, one lookup per key is cheaper than a list. */
const LOOKUPS_MAX = 4;

function* knownIds(experimentId: number, keys: readonly string[]): Work<Map<string, number>> {
  const ids = new Map<string, number>();
  if (keys.length <= LOOKUPS_MAX) {
    for (const key of keys) {
      const id = yield* findKeyId(experimentId, key);
      if (id !== undefined) ids.set(key, id);
    }
    return ids;
  }
  const rows = yield* all(selectMany({ experimentId, keys: JSON.stringify(keys) }));
  for (const { id, key } of rows) ids.set(key, id);
  return ids;
}

const INSERT_KEYS = bulkInsert("keys", ["experiment_id", "key"], {
  target: ["experiment_id", "key"],
  update: [],
});

const selectOne = statement<{ experimentId: number; key: string }>()((db, arg) =>
  db
    .selectFrom("keys")
    .select("id")
    .where("experiment_id", "=", arg("experimentId"))
    .where("key", "=", arg("key")),
);

const selectMany = statement<{ experimentId: number; keys: string }>()((db, arg, dialect) =>
  db
    .selectFrom("keys")
    .select(["id", "key"])
    .where("experiment_id", "=", arg("experimentId"))
    .where("key", "in", dialect.listOfTexts(arg("keys"))),
);

const selectNames = statement<{ ids: string }>()((db, arg, dialect) =>
  db
    .selectFrom("keys")
    .select(["id", "key"])
    .where("id", "in", dialect.listOfIntegers(arg("ids"))),
);
