import { AppError } from "@flightdeck/core";
import { type Experiment, LIMITS, type Tag } from "@flightdeck/protocol";
import type { StoreContext } from "../access/store-context.ts";
import { grantToCreator, isVisible } from "../access/viewer.ts";
import { bulkInsert } from "../database/bulk-insert.ts";
import { statement } from "../database/statement.ts";
import { all, first, insertRows, execute, type Work } from "../database/work.ts";
import { checkExperimentTag, missing } from "../validation/entities.ts";
import { checkLength } from "../validation/text.ts";
import {
  experimentFromRow,
  experimentNotFound,
  getActiveExperimentRow,
  getExperimentRow,
  lockExperimentRow,
} from "./experiment-rows.ts";
import type { CreateExperimentInput } from "./tracking-store.ts";
import { appendToUri, normalLocation } from "./uris.ts";

/** MLflow's default for `MLFLOW_ARTIFACT_LOCATION_MAX_LENGTH`. */
const ARTIFACT_LOCATION_CHARS_MAX = 2048;

const DEFAULT_EXPERIMENT = { id: 0, name: "Default" } as const;

/** Creates the default experiment, which every workspace has. */
export function* ensureDefaultExperiment(context: StoreContext): Work<void> {
  const { id, name } = DEFAULT_EXPERIMENT;
  const now = context.clock.nowMs();
  const artifactLocation = normalLocation(appendToUri(context.defaultArtifactRoot, String(id)));
  yield* execute(insertDefault({ id, name, artifactLocation, now }));
}

export function checkExperimentName(name: string): void {
  if (name === "") throw missing("name");
  checkLength("name", name, LIMITS.experimentNameCharsMax);
}

export function checkNewExperiment({ name, artifactLocation = "", tags = [] }: CreateExperimentInput): void {
  checkExperimentName(name);
  if (artifactLocation.startsWith("runs:")) {
    throw new AppError(
      "INVALID_PARAMETER_VALUE",
      `Artifact location cannot be a runs:/ URI. Given: '${artifactLocation}'`,
    );
  }
  if (artifactLocation.length > ARTIFACT_LOCATION_CHARS_MAX) {
    throw new AppError(
      "INVALID_PARAMETER_VALUE",
      `Invalid artifact path length. The length of the artifact path cannot be greater than ${ARTIFACT_LOCATION_CHARS_MAX} characters.`,
    );
  }
  for (const tag of tags) checkExperimentTag(tag);
}

/** Returns the new id. Runs in a write transaction. */
export function* createExperiment(context: StoreContext, input: CreateExperimentInput): Work<string> {
  const { name, artifactRoot = context.defaultArtifactRoot, tags = [] } = input;
  const artifactLocation = normalLocation(input.artifactLocation ?? "");
  const created = yield* first(insertExperiment({ name, artifactLocation, now: context.clock.nowMs() }));
  if (created === undefined) throw alreadyExists(name);
  if (artifactLocation === "") {
    const location = normalLocation(appendToUri(artifactRoot, String(created.id)));
    yield* execute(updateArtifactLocation({ id: created.id, location }));
  }
  yield* setExperimentTags(created.id, tags);
  yield* grantToCreator(context.visibleTo, { kind: "experiment", id: created.id });
  return String(created.id);
}

export function* getExperiment(experimentId: string): Work<Experiment> {
  const row = yield* getExperimentRow(experimentId);
  return experimentFromRow(row, yield* experimentTags(row.id));
}

/** Treats an experiment that the caller may not see as missing. */
export function* findExperimentByName(context: StoreContext, name: string): Work<Experiment | undefined> {
  const row = yield* first(selectByName({ name }));
  if (row === undefined || !(yield* isVisible(context.visibleTo, { kind: "experiment", id: row.id })))
    return undefined;
  return experimentFromRow(row, yield* experimentTags(row.id));
}

export function* renameExperiment(context: StoreContext, experimentId: string, name: string): Work<void> {
  const row = yield* lockExperimentRow(experimentId);
  if (row.deleted_time_ms !== null)
    throw new AppError("INVALID_STATE", "Cannot rename a non-active experiment.");
  const owner = yield* first(selectByName({ name }));
  if (owner !== undefined && owner.id !== row.id) throw alreadyExists(name);
  yield* execute(updateName({ id: row.id, name, now: context.clock.nowMs() }));
}

/** Marks the experiment and its runs as deleted. A deleted experiment counts as missing, as in MLflow. */
export function* deleteExperiment(context: StoreContext, experimentId: string): Work<void> {
  const row = yield* lockExperimentRow(experimentId);
  if (row.deleted_time_ms !== null) throw experimentNotFound(row.id);
  const now = context.clock.nowMs();
  yield* execute(updateDeleted({ id: row.id, deleted: now, now }));
  yield* execute(deleteRuns({ id: row.id, now }));
}

/** Restores the experiment and all its runs, including those deleted individually before, as MLflow does. */
export function* restoreExperiment(context: StoreContext, experimentId: string): Work<void> {
  const row = yield* lockExperimentRow(experimentId);
  if (row.deleted_time_ms === null) throw experimentNotFound(row.id);
  yield* execute(updateDeleted({ id: row.id, deleted: null, now: context.clock.nowMs() }));
  yield* execute(restoreRuns({ id: row.id }));
}

export function* setExperimentTag(experimentId: string, tag: Tag): Work<void> {
  const row = yield* getActiveExperimentRow(experimentId);
  yield* setExperimentTags(row.id, [tag]);
}

export function* deleteExperimentTag(experimentId: string, key: string): Work<void> {
  const row = yield* getActiveExperimentRow(experimentId);
  const deleted = yield* first(deleteTag({ id: row.id, key }));
  if (deleted !== undefined) return;
  throw new AppError(
    "RESOURCE_DOES_NOT_EXIST",
    `No tag with name: ${key} in experiment with id ${experimentId}`,
  );
}

function* setExperimentTags(id: number, tags: readonly Tag[]): Work<void> {
  const values = new Map(tags.map(({ key, value }) => [key, value]));
  yield* insertRows(
    INSERT_TAGS,
    [...values].map(([key, value]) => [id, key, value]),
  );
}

function experimentTags(id: number): Work<readonly Tag[]> {
  return all(selectTags({ id }));
}

function alreadyExists(name: string): AppError {
  return new AppError("RESOURCE_ALREADY_EXISTS", `Experiment(name=${name}) already exists.`);
}

const INSERT_TAGS = bulkInsert("experiment_tags", ["experiment_id", "key", "value"], {
  target: ["experiment_id", "key"],
  update: ["value"],
});

const insertDefault = statement<{ id: number; name: string; artifactLocation: string; now: number }>()(
  (db, arg) =>
    db
      .insertInto("experiments")
      .values({
        id: arg("id"),
        name: arg("name"),
        artifact_location: arg("artifactLocation"),
        creation_time_ms: arg("now"),
        last_update_time_ms: arg("now"),
      })
      .onConflict((conflict) => conflict.doNothing()),
);

const insertExperiment = statement<{ name: string; artifactLocation: string; now: number }>()((db, arg) =>
  db
    .insertInto("experiments")
    .values({
      name: arg("name"),
      artifact_location: arg("artifactLocation"),
      creation_time_ms: arg("now"),
      last_update_time_ms: arg("now"),
    })
    .onConflict((conflict) => conflict.column("name").doNothing())
    .returning("id"),
);

const updateArtifactLocation = statement<{ id: number; location: string }>()((db, arg) =>
  db
    .updateTable("experiments")
    .set({ artifact_location: arg("location") })
    .where("id", "=", arg("id")),
);

const selectByName = statement<{ name: string }>()((db, arg) =>
  db.selectFrom("experiments").selectAll().where("name", "=", arg("name")),
);

const updateName = statement<{ id: number; name: string; now: number }>()((db, arg) =>
  db
    .updateTable("experiments")
    .set({ name: arg("name"), last_update_time_ms: arg("now") })
    .where("id", "=", arg("id")),
);

const updateDeleted = statement<{ id: number; deleted: number | null; now: number }>()((db, arg) =>
  db
    .updateTable("experiments")
    .set({ deleted_time_ms: arg("deleted"), last_update_time_ms: arg("now") })
    .where("id", "=", arg("id")),
);

const deleteRuns = statement<{ id: number; now: number }>()((db, arg) =>
  db
    .updateTable("runs")
    .set({ deleted_time_ms: arg("now") })
    .where("experiment_id", "=", arg("id"))
    .where("deleted_time_ms", "is", null),
);

const restoreRuns = statement<{ id: number }>()((db, arg) =>
  db
    .updateTable("runs")
    .set({ deleted_time_ms: null })
    .where("experiment_id", "=", arg("id"))
    .where("deleted_time_ms", "is not", null),
);

const selectTags = statement<{ id: number }>()((db, arg) =>
  db
    .selectFrom("experiment_tags")
    .select(["key", "value"])
    .where("experiment_id", "=", arg("id"))
    .orderBy("key"),
);

const deleteTag = statement<{ id: number; key: string }>()((db, arg) =>
  db
    .deleteFrom("experiment_tags")
    .where("experiment_id", "=", arg("id"))
    .where("key", "=", arg("key"))
    .returning("key"),
);
