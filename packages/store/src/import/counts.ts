import { sql } from "kysely";
import { statement } from "../database/statement.ts";
import { first, type Query, type Work } from "../database/work.ts";
import type { ImportedRunCounts } from "./import-sink.ts";

/** How much is stored of some runs. */
export function* countRuns(runIds: readonly string[]): Work<ImportedRunCounts> {
  const list = JSON.stringify(runIds);
  return {
    runs: yield* numberOf(countRunRows({ list })),
    params: yield* numberOf(countParams({ list })),
    tags: yield* numberOf(countTags({ list })),
    points: yield* numberOf(countPoints({ list })),
    datasetInputs: yield* numberOf(countDatasetInputs({ list })),
  };
}

export function* countModels(modelIds: readonly string[]): Work<number> {
  return yield* numberOf(countModelRows({ list: JSON.stringify(modelIds) }));
}

type Counted = { readonly count: number };
type List = { readonly list: string };

function* numberOf(query: Query<Counted>): Work<number> {
  return (yield* first(query))?.count ?? 0;
}

const COUNT = sql<number>`count(*)`.as("count");

const countRunRows = statement<List>()((db, arg, dialect) =>
  db
    .selectFrom("runs")
    .select(COUNT)
    .where("run_uuid", "in", dialect.listOfTexts(arg("list"))),
);

const countModelRows = statement<List>()((db, arg, dialect) =>
  db
    .selectFrom("logged_models")
    .select(COUNT)
    .where("model_uuid", "in", dialect.listOfTexts(arg("list"))),
);

const countParams = countOf("params");
const countTags = countOf("tags");
const countPoints = countOf("metrics");
const countDatasetInputs = countOf("run_datasets");

function countOf(table: "params" | "tags" | "metrics" | "run_datasets"): (args: List) => Query<Counted> {
  return statement<List>()((db, arg, dialect) =>
    db
      .selectFrom(table)
      .select(COUNT)
      .where(
        "run_id",
        "in",
        db
          .selectFrom("runs")
          .select("id")
          .where("run_uuid", "in", dialect.listOfTexts(arg("list"))),
      ),
  );
}
