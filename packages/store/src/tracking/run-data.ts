import { assert } from "@flightdeck/core";
import type { Run } from "@flightdeck/protocol";
import { statement } from "../database/statement.ts";
import { all, type Work } from "../database/work.ts";
import { keyNames } from "./keys.ts";
import { metricFromRow } from "./metrics.ts";
import { readRunInputs } from "./run-inputs.ts";
import { runInfoFromRow, type RunRow } from "./run-rows.ts";

/** The runs of rows with their data, in a number of queries that does not depend on how many they are. */
export function* readRuns(rows: readonly RunRow[]): Work<readonly Run[]> {
  if (rows.length === 0) return [];
  const runIds = JSON.stringify(rows.map(({ id }) => id));
  const metricRows = yield* all(selectMetrics({ runIds }));
  const paramRows = yield* all(selectParams({ runIds }));
  const tagRows = yield* all(selectTags({ runIds }));
  const inputs = yield* readRunInputs(runIds);
  const names = yield* keyNames(keyIdsOf(metricRows, paramRows, tagRows));
  const metrics = byRun(metricRows, names, metricFromRow);
  const params = byRun(paramRows, names, textFromRow);
  const tags = byRun(tagRows, names, textFromRow);
  return rows.map((row) => ({
    info: runInfoFromRow(row),
    data: {
      metrics: metrics.get(row.id) ?? [],
      params: params.get(row.id) ?? [],
      tags: tags.get(row.id) ?? [],
    },
    inputs: {
      datasetInputs: inputs.datasets.get(row.id) ?? [],
      modelInputs: inputs.modelInputs.get(row.id) ?? [],
    },
    outputs: { modelOutputs: inputs.modelOutputs.get(row.id) ?? [] },
  }));
}

type KeyedRow = { readonly run_id: number; readonly key_id: number };

function keyIdsOf(...tables: readonly (readonly KeyedRow[])[]): Set<number> {
  const ids = new Set<number>();
  for (const rows of tables) for (const { key_id } of rows) ids.add(key_id);
  return ids;
}

/** What rows hold, by run, each run's sorted by key. */
function byRun<TRow extends KeyedRow, T extends { readonly key: string }>(
  rows: readonly TRow[],
  names: ReadonlyMap<number, string>,
  convert: (key: string, row: TRow) => T,
): ReadonlyMap<number, readonly T[]> {
  const groups = new Map<number, T[]>();
  for (const row of rows) {
    const key = names.get(row.key_id);
    assert(key !== undefined, `key ${row.key_id} has no name`);
    const member = convert(key, row);
    const group = groups.get(row.run_id);
    if (group === undefined) groups.set(row.run_id, [member]);
    else group.push(member);
  }
  for (const group of groups.values()) group.sort(byKey);
  return groups;
}

function byKey(a: { readonly key: string }, b: { readonly key: string }): number {
  return a.key < b.key ? -1 : 1;
}

function textFromRow(key: string, { value }: { readonly value: string }): { key: string; value: string } {
  return { key, value };
}

type RunIds = { readonly runIds: string };

const selectMetrics = statement<RunIds>()((db, arg, dialect) =>
  db
    .selectFrom("latest_metrics")
    .selectAll()
    .where("run_id", "in", dialect.listOfIntegers(arg("runIds"))),
);

const selectParams = statement<RunIds>()((db, arg, dialect) =>
  db
    .selectFrom("params")
    .selectAll()
    .where("run_id", "in", dialect.listOfIntegers(arg("runIds"))),
);

const selectTags = statement<RunIds>()((db, arg, dialect) =>
  db
    .selectFrom("tags")
    .selectAll()
    .where("run_id", "in", dialect.listOfIntegers(arg("runIds"))),
);
