import type { Run, Tag } from "@flightdeck/protocol";
import { type QueryBuilder, statement, type Arg } from "../database/statement.ts";
import { all, type Work } from "../database/work.ts";
import type { Dialect } from "../dialects/dialect.ts";
import { metricFromRow } from "./metrics.ts";
import { readRunInputs } from "./run-inputs.ts";
import { runInfoFromRow, type RunRow } from "./run-rows.ts";

/** The runs of rows with their data, in a number of queries that does not depend on how many they are. */
export function* readRuns(rows: readonly RunRow[]): Work<readonly Run[]> {
  if (rows.length === 0) return [];
  const runIds = JSON.stringify(rows.map(({ id }) => id));
  const metrics = groupByRun(yield* all(selectMetrics({ runIds })), metricFromRow);
  const params = groupByRun(yield* all(selectParams({ runIds })), tagFromRow);
  const tags = groupByRun(yield* all(selectTags({ runIds })), tagFromRow);
  const inputs = yield* readRunInputs(runIds);
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

/** Members by run, in the order of the rows. */
export function groupByRun<TRow extends { readonly run_id: number }, T>(
  rows: readonly TRow[],
  convert: (row: TRow) => T,
): Map<number, T[]> {
  const groups = new Map<number, T[]>();
  for (const row of rows) {
    const group = groups.get(row.run_id);
    if (group === undefined) groups.set(row.run_id, [convert(row)]);
    else group.push(convert(row));
  }
  return groups;
}

function tagFromRow({ key, value }: Tag): Tag {
  return { key, value };
}

type RunIds = { readonly runIds: string };

const selectMetrics = statement<RunIds>()((db, arg, dialect) =>
  db
    .selectFrom("latest_metrics")
    .innerJoin("keys", "keys.id", "latest_metrics.key_id")
    .select(["run_id", "key", "value", "is_nan", "step", "timestamp_ms"])
    .where("run_id", "in", dialect.listOfIntegers(arg("runIds")))
    .orderBy("key"),
);

const selectParams = statement<RunIds>()((db, arg, dialect) => selectTexts("params", db, arg, dialect));
const selectTags = statement<RunIds>()((db, arg, dialect) => selectTexts("tags", db, arg, dialect));

function selectTexts(table: "params" | "tags", db: QueryBuilder, arg: Arg<RunIds>, dialect: Dialect) {
  return db
    .selectFrom(table)
    .innerJoin("keys", "keys.id", `${table}.key_id`)
    .select(["run_id", "key", "value"])
    .where("run_id", "in", dialect.listOfIntegers(arg("runIds")))
    .orderBy("key");
}
