import { bulkInsert } from "../database/bulk-insert.ts";
import { statement } from "../database/statement.ts";
import { all, insertRows, type Work } from "../database/work.ts";
import type { ImportedKind, ImportProgress, ImportState } from "./import-sink.ts";

/** Runs and logged models have the same ids in every workspace, so their records name no source. */
export const ANY_SOURCE = "";

/** Progress of those that exist in this store. */
export function* findProgress(
  kind: ImportedKind,
  ids: readonly string[],
): Work<ReadonlyMap<string, ImportProgress>> {
  const list = JSON.stringify(ids);
  const present = yield* all(kind === "run" ? selectRuns({ list }) : selectModels({ list }));
  const records = new Map(
    (yield* all(selectRecords({ kind, source: ANY_SOURCE, list }))).map((row) => [row.source_id, row]),
  );
  return new Map(
    present.map(({ id }) => {
      const record = records.get(id);
      const { points = 0, files = 0 } = record ?? {};
      const state = (record?.state ?? "foreign") as ImportState; // Only the store writes this column.
      return [id, { id, state, points, files }];
    }),
  );
}

export function* saveProgress(kind: ImportedKind, progress: readonly ImportProgress[]): Work<void> {
  yield* insertRows(
    UPSERT_RECORDS,
    progress.map(({ id, state, points, files }) => [kind, ANY_SOURCE, id, id, state, points, files]),
  );
}

/** Marks things without a record as `partial`. */
export function* beginProgress(kind: ImportedKind, ids: readonly string[]): Work<void> {
  yield* insertRows(
    INSERT_RECORDS,
    ids.map((id) => [kind, ANY_SOURCE, id, id, "partial", 0, 0]),
  );
}

/** Target ids by source ids, for things whose ids differ between workspaces. */
export function* findTargets(
  kind: "experiment" | "model_version",
  source: string,
  sourceIds: readonly string[],
): Work<ReadonlyMap<string, string>> {
  const rows = yield* all(selectRecords({ kind, source, list: JSON.stringify(sourceIds) }));
  return new Map(rows.map(({ source_id, target_id }) => [source_id, target_id]));
}

export function* saveTarget(
  kind: "experiment" | "model_version",
  source: string,
  ids: { readonly sourceId: string; readonly targetId: string },
): Work<void> {
  yield* insertRows(UPSERT_RECORDS, [[kind, source, ids.sourceId, ids.targetId, "complete", 0, 0]]);
}

const COLUMNS = ["kind", "source", "source_id", "target_id", "state", "points", "files"] as const;
const KEY = ["kind", "source", "source_id"] as const;

const INSERT_RECORDS = bulkInsert("imported", COLUMNS, { target: KEY, update: [] });
const UPSERT_RECORDS = bulkInsert("imported", COLUMNS, {
  target: KEY,
  update: ["target_id", "state", "points", "files"],
});

const selectRecords = statement<{ kind: string; source: string; list: string }>()((db, arg, dialect) =>
  db
    .selectFrom("imported")
    .selectAll()
    .where("kind", "=", arg("kind"))
    .where("source", "=", arg("source"))
    .where("source_id", "in", dialect.listOfTexts(arg("list"))),
);

const selectRuns = statement<{ list: string }>()((db, arg, dialect) =>
  db
    .selectFrom("runs")
    .select("run_uuid as id")
    .where("run_uuid", "in", dialect.listOfTexts(arg("list"))),
);

const selectModels = statement<{ list: string }>()((db, arg, dialect) =>
  db
    .selectFrom("logged_models")
    .select("model_uuid as id")
    .where("model_uuid", "in", dialect.listOfTexts(arg("list"))),
);
