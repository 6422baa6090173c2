import { bulkInsert } from "../database/bulk-insert.ts";
import { query, statement } from "../database/statement.ts";
import { all, first, insertRows, execute, type Work } from "../database/work.ts";
import type { Garbage, GarbageKind } from "./garbage-store.ts";

/** Hides things, records them, and returns those that were still there. Runs in a write transaction. */
export function* removeGarbage(garbage: readonly Garbage[]): Work<readonly Garbage[]> {
  const removed: Garbage[] = [];
  for (const each of garbage) {
    const rowId = yield* removeOne(each);
    if (rowId === undefined) continue;
    removed.push(each);
    yield* insertRows(INSERT_GARBAGE, [[each.kind, rowId, each.id, each.artifactUri ?? ""]]);
  }
  return removed;
}

export function* listUnfinished(): Work<readonly Garbage[]> {
  return (yield* all(selectGarbage)).map(({ kind, uuid: id, artifact_uri: artifactUri }) => ({
    kind: kind as GarbageKind, // Only the store writes this column.
    id,
    artifactUri: artifactUri === "" ? undefined : artifactUri,
  }));
}

/** Returns the id of the deleted row, which rows of other tables still refer to. */
function* removeOne({ kind, id }: Garbage): Work<number | undefined> {
  if (kind === "model_version") return undefined; // Already hidden when it was deleted.
  // Lock the experiment first, in the same order as restoring an experiment does.
  if (kind !== "experiment") yield* first(lockOwner[kind]({ id }));
  switch (kind) {
    case "run":
      return (yield* first(deleteRun({ id })))?.id;
    case "logged_model":
      return (yield* first(deleteModel({ id })))?.id;
    case "trace":
      return (yield* first(deleteTrace({ id })))?.id;
    case "experiment":
      return yield* removeExperiment(Number(id));
  }
}

/** Foreign keys delete its tags, keys and datasets. */
function* removeExperiment(id: number): Work<number | undefined> {
  const locked = yield* first(selectExperiment({ id }));
  if (locked === undefined) return undefined;
  for (const select of [selectAnyRun, selectAnyModel, selectAnyTrace]) {
    if ((yield* first(select({ id }))) !== undefined) return undefined;
  }
  yield* execute(deleteExperiment({ id }));
  return id;
}

const INSERT_GARBAGE = bulkInsert("garbage", ["kind", "row_id", "uuid", "artifact_uri"]);

const selectGarbage = query((db) =>
  db.selectFrom("garbage").select(["kind", "uuid", "artifact_uri"]).orderBy("kind").orderBy("row_id"),
);

const lockOwner = {
  run: statement<{ id: string }>()((db, arg, dialect) =>
    db
      .selectFrom("experiments")
      .select("id")
      .where("id", "=", db.selectFrom("runs").select("experiment_id").where("run_uuid", "=", arg("id")))
      .modifyEnd(dialect.lockForShare),
  ),
  logged_model: statement<{ id: string }>()((db, arg, dialect) =>
    db
      .selectFrom("experiments")
      .select("id")
      .where(
        "id",
        "=",
        db.selectFrom("logged_models").select("experiment_id").where("model_uuid", "=", arg("id")),
      )
      .modifyEnd(dialect.lockForShare),
  ),
  trace: statement<{ id: string }>()((db, arg, dialect) =>
    db
      .selectFrom("experiments")
      .select("id")
      .where("id", "=", db.selectFrom("traces").select("experiment_id").where("trace_uuid", "=", arg("id")))
      .modifyEnd(dialect.lockForShare),
  ),
};

const deleteRun = statement<{ id: string }>()((db, arg) =>
  db
    .deleteFrom("runs")
    .where("run_uuid", "=", arg("id"))
    .where("deleted_time_ms", "is not", null)
    .returning("id"),
);

/** Also deletes an active model of a deleted experiment. */
const deleteModel = statement<{ id: string }>()((db, arg) =>
  db
    .deleteFrom("logged_models")
    .where("model_uuid", "=", arg("id"))
    .where((where) =>
      where.or([
        where("deleted_time_ms", "is not", null),
        where.exists(
          where
            .selectFrom("experiments")
            .select("experiments.id")
            .whereRef("experiments.id", "=", "logged_models.experiment_id")
            .where("experiments.deleted_time_ms", "is not", null),
        ),
      ]),
    )
    .returning("id"),
);

const deleteTrace = statement<{ id: string }>()((db, arg) =>
  db
    .deleteFrom("traces")
    .where("trace_uuid", "=", arg("id"))
    .where((where) =>
      where.exists(
        where
          .selectFrom("experiments")
          .select("experiments.id")
          .whereRef("experiments.id", "=", "traces.experiment_id")
          .where("experiments.deleted_time_ms", "is not", null),
      ),
    )
    .returning("id"),
);

type ById = { readonly id: number };

const selectExperiment = statement<ById>()((db, arg, dialect) =>
  db
    .selectFrom("experiments")
    .select("id")
    .where("id", "=", arg("id"))
    .where("deleted_time_ms", "is not", null)
    .modifyEnd(dialect.lockForUpdate),
);

const selectAnyRun = statement<ById>()((db, arg) =>
  db.selectFrom("runs").select("id").where("experiment_id", "=", arg("id")).limit(1),
);

const selectAnyModel = statement<ById>()((db, arg) =>
  db.selectFrom("logged_models").select("id").where("experiment_id", "=", arg("id")).limit(1),
);

const selectAnyTrace = statement<ById>()((db, arg) =>
  db.selectFrom("traces").select("id").where("experiment_id", "=", arg("id")).limit(1),
);

const deleteExperiment = statement<ById>()((db, arg) =>
  db.deleteFrom("experiments").where("id", "=", arg("id")),
);
