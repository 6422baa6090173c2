import { sql } from "kysely";
import { statement } from "../database/statement.ts";
import type { Query } from "../database/work.ts";

/** What all that can be deleted has: the id that clients know, and when it was deleted. */
export type NamedRow = { readonly uuid: string; readonly deleted_time_ms: number | null };
export type ExperimentRow = NamedRow;
export type RunOrModelRow = NamedRow & { readonly artifact_uri: string };
export type TraceRow = { readonly uuid: string; readonly artifact_location: string };

type Until = { readonly untilMs: number };
/** A JSON array of ids. */
type List = { readonly list: string };
type By<TArgs, TRow> = (args: TArgs) => Query<TRow>;

const RUN_COLUMNS = ["run_uuid as uuid", "artifact_uri", "deleted_time_ms"] as const;
const MODEL_COLUMNS = ["model_uuid as uuid", "artifact_uri", "deleted_time_ms"] as const;
const EXPERIMENT_ID = sql<string>`cast(experiments.id AS text)`.as("uuid");

export const selectRuns: By<List, RunOrModelRow> = statement<List>()((db, arg, dialect) =>
  db
    .selectFrom("runs")
    .select(RUN_COLUMNS)
    .where("run_uuid", "in", dialect.listOfTexts(arg("list"))),
);

export const selectDeletedRuns: By<Until, RunOrModelRow> = statement<Until>()((db, arg) =>
  db.selectFrom("runs").select(RUN_COLUMNS).where("deleted_time_ms", "<=", arg("untilMs")),
);

export const selectRunsWithin: By<List, RunOrModelRow> = statement<List>()((db, arg, dialect) =>
  db
    .selectFrom("runs")
    .select(RUN_COLUMNS)
    .where("experiment_id", "in", dialect.listOfIntegers(arg("list"))),
);

export const selectModels: By<List, RunOrModelRow> = statement<List>()((db, arg, dialect) =>
  db
    .selectFrom("logged_models")
    .select(MODEL_COLUMNS)
    .where("model_uuid", "in", dialect.listOfTexts(arg("list"))),
);

export const selectDeletedModels: By<Until, RunOrModelRow> = statement<Until>()((db, arg) =>
  db.selectFrom("logged_models").select(MODEL_COLUMNS).where("deleted_time_ms", "<=", arg("untilMs")),
);

export const selectModelsWithin: By<List, RunOrModelRow> = statement<List>()((db, arg, dialect) =>
  db
    .selectFrom("logged_models")
    .select(MODEL_COLUMNS)
    .where("experiment_id", "in", dialect.listOfIntegers(arg("list"))),
);

export const selectTracesWithin: By<List, TraceRow> = statement<List>()((db, arg, dialect) =>
  db
    .selectFrom("traces")
    .innerJoin("experiments", "experiments.id", "traces.experiment_id")
    .select(["traces.trace_uuid as uuid", "experiments.artifact_location"])
    .where("traces.experiment_id", "in", dialect.listOfIntegers(arg("list"))),
);

export const selectExperiments: By<List, ExperimentRow> = statement<List>()((db, arg, dialect) =>
  db
    .selectFrom("experiments")
    .select([EXPERIMENT_ID, "deleted_time_ms"])
    .where("id", "in", dialect.listOfIntegers(arg("list"))),
);

/** Without those that have a run which is active, or was deleted later. */
export const selectDeletedExperiments: By<Until, ExperimentRow> = statement<Until>()((db, arg) =>
  db
    .selectFrom("experiments")
    .select([EXPERIMENT_ID, "deleted_time_ms"])
    .where("deleted_time_ms", "<=", arg("untilMs"))
    .where((where) =>
      where.not(
        where.exists(
          where
            .selectFrom("runs")
            .select("runs.id")
            .whereRef("runs.experiment_id", "=", "experiments.id")
            .where((run) =>
              run.or([
                run("runs.deleted_time_ms", "is", null),
                run("runs.deleted_time_ms", ">", arg("untilMs")),
              ]),
            ),
        ),
      ),
    ),
);
