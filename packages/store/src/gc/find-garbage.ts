import { AppError } from "@flightdeck/core";
import { sql } from "kysely";
import { statement } from "../database/statement.ts";
import { all, type Query, type Work } from "../database/work.ts";
import { parseExperimentId } from "../tracking/experiment-rows.ts";
import { appendToUri } from "../tracking/uris.ts";
import type { FindGarbageInput, Garbage } from "./garbage-store.ts";

/** Finds things deleted at or before `untilMs`. Runs in a read transaction. */
export function* findGarbage(input: FindGarbageInput, untilMs: number): Work<readonly Garbage[]> {
  const { runIds, experimentIds, loggedModelIds } = input;
  const isAll = runIds === undefined && experimentIds === undefined && loggedModelIds === undefined;
  return isAll ? yield* findAll(untilMs) : yield* findNamed(input, untilMs);
}

function* findAll(untilMs: number): Work<readonly Garbage[]> {
  const experiments = yield* all(selectDeletedExperiments({ untilMs }));
  const runs = yield* all(selectDeletedRuns({ untilMs }));
  const models = yield* all(selectDeletedModels({ untilMs }));
  const contents = yield* contentsOf(experiments);
  return unique([...runs.map(runGarbage), ...models.map(modelGarbage), ...contents]);
}

function* findNamed(input: FindGarbageInput, untilMs: number): Work<readonly Garbage[]> {
  const { runIds = [], experimentIds = [], loggedModelIds = [] } = input;
  const runs = yield* all(selectRuns({ list: JSON.stringify(runIds) }));
  const models = yield* all(selectModels({ list: JSON.stringify(loggedModelIds) }));
  checkNamed("Run", runIds, { found: runs, untilMs });
  checkNamed("Logged model", loggedModelIds, { found: models, untilMs });
  const experiments = yield* namedExperiments(experimentIds, untilMs);
  const contents = yield* contentsOf(experiments);
  return unique([...runs.map(runGarbage), ...models.map(modelGarbage), ...contents]);
}

function* namedExperiments(
  experimentIds: readonly string[],
  untilMs: number,
): Work<readonly ExperimentRow[]> {
  const ids = experimentIds.map(parseExperimentId);
  const found = yield* all(selectExperiments({ list: JSON.stringify(ids) }));
  checkNamed("Experiment", ids.map(String), { found, untilMs });
  const removable = new Set((yield* all(selectDeletedExperiments({ untilMs }))).map(({ uuid }) => uuid));
  const kept = found.find(({ uuid }) => !removable.has(uuid));
  if (kept === undefined) return found;
  throw invalid(`Experiment ${kept.uuid} has runs that are active, or not older than the required age.`);
}

/** All contents of the experiments, followed by the experiments themselves. */
function* contentsOf(experiments: readonly ExperimentRow[]): Work<readonly Garbage[]> {
  const list = JSON.stringify(experiments.map(({ uuid }) => Number(uuid)));
  const runs = yield* all(selectRunsWithin({ list }));
  const models = yield* all(selectModelsWithin({ list }));
  const traces = yield* all(selectTracesWithin({ list }));
  return [
    ...runs.map(runGarbage),
    ...models.map(modelGarbage),
    ...traces.map(traceGarbage),
    ...experiments.map(({ uuid: id }): Garbage => ({ kind: "experiment", id })),
  ];
}

function runGarbage({ uuid: id, artifact_uri: artifactUri }: RunOrModelRow): Garbage {
  return { kind: "run", id, artifactUri };
}

function modelGarbage({ uuid: id, artifact_uri: artifactUri }: RunOrModelRow): Garbage {
  return { kind: "logged_model", id, artifactUri };
}

/** Derives the URI from the experiment, because any user may change the trace's artifact location tag. */
function traceGarbage({ uuid: id, artifact_location: location }: TraceRow): Garbage {
  return { kind: "trace", id, artifactUri: appendToUri(location, "traces", id, "artifacts") };
}

/** Removes duplicates, keeping the first of each. */
function unique(garbage: readonly Garbage[]): readonly Garbage[] {
  return [...new Map(garbage.map((each) => [`${each.kind} ${each.id}`, each])).values()];
}

type Named = { readonly found: readonly NamedRow[]; readonly untilMs: number };

function checkNamed(what: string, ids: readonly string[], { found, untilMs }: Named): void {
  const byId = new Map(found.map((row) => [row.uuid, row]));
  for (const id of ids) {
    const row = byId.get(id);
    if (row === undefined) throw new AppError("RESOURCE_DOES_NOT_EXIST", `${what} with id=${id} not found`);
    if (row.deleted_time_ms === null) {
      throw invalid(
        `${what} ${id} is not in the deleted lifecycle stage; delete it before removing it permanently.`,
      );
    }
    if (row.deleted_time_ms > untilMs) throw invalid(`${what} ${id} is not older than the required age.`);
  }
}

function invalid(message: string): AppError {
  return new AppError("INVALID_PARAMETER_VALUE", message);
}

/** The id that clients use, and the time of deletion. */
type NamedRow = { readonly uuid: string; readonly deleted_time_ms: number | null };

type ExperimentRow = NamedRow;

type RunOrModelRow = NamedRow & { readonly artifact_uri: string };

type TraceRow = { readonly uuid: string; readonly artifact_location: string };

type Until = { readonly untilMs: number };

/** A JSON array of ids. */
type List = { readonly list: string };

type By<TArgs, TRow> = (args: TArgs) => Query<TRow>;

const RUN_COLUMNS = ["run_uuid as uuid", "artifact_uri", "deleted_time_ms"] as const;

const MODEL_COLUMNS = ["model_uuid as uuid", "artifact_uri", "deleted_time_ms"] as const;

const EXPERIMENT_ID = sql<string>`cast(experiments.id AS text)`.as("uuid");

const selectRuns: By<List, RunOrModelRow> = statement<List>()((db, arg, dialect) =>
  db
    .selectFrom("runs")
    .select(RUN_COLUMNS)
    .where("run_uuid", "in", dialect.listOfTexts(arg("list"))),
);

const selectDeletedRuns: By<Until, RunOrModelRow> = statement<Until>()((db, arg) =>
  db.selectFrom("runs").select(RUN_COLUMNS).where("deleted_time_ms", "<=", arg("untilMs")),
);

const selectRunsWithin: By<List, RunOrModelRow> = statement<List>()((db, arg, dialect) =>
  db
    .selectFrom("runs")
    .select(RUN_COLUMNS)
    .where("experiment_id", "in", dialect.listOfIntegers(arg("list"))),
);

const selectModels: By<List, RunOrModelRow> = statement<List>()((db, arg, dialect) =>
  db
    .selectFrom("logged_models")
    .select(MODEL_COLUMNS)
    .where("model_uuid", "in", dialect.listOfTexts(arg("list"))),
);

const selectDeletedModels: By<Until, RunOrModelRow> = statement<Until>()((db, arg) =>
  db.selectFrom("logged_models").select(MODEL_COLUMNS).where("deleted_time_ms", "<=", arg("untilMs")),
);

const selectModelsWithin: By<List, RunOrModelRow> = statement<List>()((db, arg, dialect) =>
  db
    .selectFrom("logged_models")
    .select(MODEL_COLUMNS)
    .where("experiment_id", "in", dialect.listOfIntegers(arg("list"))),
);

const selectTracesWithin: By<List, TraceRow> = statement<List>()((db, arg, dialect) =>
  db
    .selectFrom("traces")
    .innerJoin("experiments", "experiments.id", "traces.experiment_id")
    .select(["traces.trace_uuid as uuid", "experiments.artifact_location"])
    .where("traces.experiment_id", "in", dialect.listOfIntegers(arg("list"))),
);

const selectExperiments: By<List, ExperimentRow> = statement<List>()((db, arg, dialect) =>
  db
    .selectFrom("experiments")
    .select([EXPERIMENT_ID, "deleted_time_ms"])
    .where("id", "in", dialect.listOfIntegers(arg("list"))),
);

/** Excludes experiments with a run that is active or was deleted later than `untilMs`. */
const selectDeletedExperiments: By<Until, ExperimentRow> = statement<Until>()((db, arg) =>
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
