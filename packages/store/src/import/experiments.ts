import { assert } from "@flightdeck/core";
import type { Tag } from "@flightdeck/protocol";
import type { StoreContext } from "../access/store-context.ts";
import { bulkInsert } from "../database/bulk-insert.ts";
import { statement } from "../database/statement.ts";
import { first, insertRows, type Query, execute, type Work } from "../database/work.ts";
import { appendToUri, normalLocation } from "../tracking/uris.ts";
import type { ImportedExperiment } from "./import-sink.ts";
import { findTargets, saveTarget } from "./progress.ts";

/** MLflow's databases use 32-bit ids. Its file store generates longer ones, which a JavaScript number cannot hold. */
const EXPERIMENT_ID_MAX = 2 ** 31 - 1;

/** Returns the experiment's id in this store. Runs in a write transaction. */
export function* importExperiment(
  context: StoreContext,
  source: string,
  experiment: ImportedExperiment,
): Work<string> {
  const sourceId = identityOf(experiment);
  const id =
    (yield* findImported(source, sourceId)) ??
    (yield* findNamed(experiment.name)) ??
    (yield* insertExperiment(context, experiment));
  yield* addTags(id, experiment.tags);
  yield* saveTarget("experiment", source, { sourceId, targetId: String(id) });
  return String(id);
}

/** The id is not enough: another database may later be at the same path, and it also numbers experiments from 1. */
function identityOf({ experimentId, creationTimeMs, name }: ImportedExperiment): string {
  return `${experimentId}@${creationTimeMs === 0 ? name : creationTimeMs}`;
}

function* findImported(source: string, sourceId: string): Work<number | undefined> {
  const target = (yield* findTargets("experiment", source, [sourceId])).get(sourceId);
  return target === undefined ? undefined : (yield* first(selectById({ id: Number(target) })))?.id;
}

function* findNamed(name: string): Work<number | undefined> {
  return (yield* first(selectByName({ name })))?.id;
}

function* insertExperiment(context: StoreContext, experiment: ImportedExperiment): Work<number> {
  const { lifecycleStage, creationTimeMs, lastUpdateTimeMs } = experiment;
  const artifactLocation = normalLocation(experiment.artifactLocation);
  const columns = {
    name: experiment.name,
    location: artifactLocation,
    creationTimeMs,
    lastUpdateTimeMs,
    deletedTimeMs: lifecycleStage === "deleted" ? lastUpdateTimeMs : null,
  };
  const created =
    (yield* insertWithId(experiment.experimentId, columns)) ?? (yield* first(insertNext(columns)));
  assert(created !== undefined, "the name is free and the id is new");
  if (artifactLocation === "") {
    const location = normalLocation(appendToUri(context.defaultArtifactRoot, String(created.id)));
    yield* execute(updateLocation({ id: created.id, location }));
  }
  return created.id;
}

type Columns = {
  name: string;
  location: string;
  creationTimeMs: number;
  lastUpdateTimeMs: number;
  deletedTimeMs: number | null;
};

/** Returns undefined when the id is taken or too large. */
function* insertWithId(sourceId: string, columns: Columns): Work<{ readonly id: number } | undefined> {
  if (!/^\d{1,10}$/.test(sourceId) || Number(sourceId) > EXPERIMENT_ID_MAX) return undefined;
  const created = yield* first(insertAs({ id: Number(sourceId), ...columns }));
  if (created !== undefined) yield* execute(skipInsertedIds);
  return created;
}

function* addTags(id: number, tags: readonly Tag[]): Work<void> {
  const values = new Map(tags.map(({ key, value }) => [key, value]));
  yield* insertRows(
    INSERT_TAGS,
    [...values].map(([key, value]) => [id, key, value]),
  );
}

const skipInsertedIds: Query<unknown> = {
  kind: "query",
  compile: (dialect) => ({ sql: dialect.skipInsertedIds("experiments"), parameters: [] }),
};

const INSERT_TAGS = bulkInsert("experiment_tags", ["experiment_id", "key", "value"], {
  target: ["experiment_id", "key"],
  update: [],
});

const selectById = statement<{ id: number }>()((db, arg) =>
  db.selectFrom("experiments").select("id").where("id", "=", arg("id")),
);

const selectByName = statement<{ name: string }>()((db, arg) =>
  db.selectFrom("experiments").select("id").where("name", "=", arg("name")),
);

const insertAs = statement<Columns & { id: number }>()((db, arg) =>
  db
    .insertInto("experiments")
    .values({
      id: arg("id"),
      name: arg("name"),
      artifact_location: arg("location"),
      creation_time_ms: arg("creationTimeMs"),
      last_update_time_ms: arg("lastUpdateTimeMs"),
      deleted_time_ms: arg("deletedTimeMs"),
    })
    .onConflict((conflict) => conflict.column("id").doNothing())
    .returning("id"),
);

const insertNext = statement<Columns>()((db, arg) =>
  db
    .insertInto("experiments")
    .values({
      name: arg("name"),
      artifact_location: arg("location"),
      creation_time_ms: arg("creationTimeMs"),
      last_update_time_ms: arg("lastUpdateTimeMs"),
      deleted_time_ms: arg("deletedTimeMs"),
    })
    .returning("id"),
);

const updateLocation = statement<{ id: number; location: string }>()((db, arg) =>
  db
    .updateTable("experiments")
    .set({ artifact_location: arg("location") })
    .where("id", "=", arg("id")),
);
