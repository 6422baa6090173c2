import type { Filter, SearchField, SearchOrder } from "@flightdeck/protocol";
import { statement } from "../database/statement.ts";
import { all, type Work } from "../database/work.ts";

/** The numbers that stand for a key in the experiments searched, one per experiment that has it. */
export type SearchKeys = ReadonlyMap<string, readonly number[]>;

/** Looks up all keys that a search names, at once. */
export function* resolveKeys(
  experimentIds: readonly number[],
  filter: Filter | undefined,
  orders: readonly SearchOrder[],
): Work<SearchKeys> {
  const fields = [...(filter === undefined ? [] : fieldsOf(filter)), ...orders.map(({ field }) => field)];
  const keys = fields.filter(isKeyed).map(({ key }) => key);
  if (keys.length === 0) return new Map();
  const rows = yield* all(
    selectKeys({ experimentIds: JSON.stringify(experimentIds), keys: JSON.stringify(keys) }),
  );
  const ids = new Map<string, number[]>();
  for (const { id, key } of rows) ids.set(key, [...(ids.get(key) ?? []), id]);
  return ids;
}

function isKeyed({ kind }: SearchField): boolean {
  return kind === "metric" || kind === "parameter" || kind === "tag";
}

function fieldsOf(filter: Filter): readonly SearchField[] {
  if (filter.kind === "not") return fieldsOf(filter.operand);
  if (filter.kind === "and" || filter.kind === "or") return filter.operands.flatMap(fieldsOf);
  return [filter.field];
}

const selectKeys = statement<{ experimentIds: string; keys: string }>()((db, arg, dialect) =>
  db
    .selectFrom("keys")
    .select(["id", "key"])
    .where("experiment_id", "in", dialect.listOfIntegers(arg("experimentIds")))
    .where("key", "in", dialect.listOfTexts(arg("keys")))
    .orderBy("id"),
);
