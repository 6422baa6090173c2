import { type AliasedRawBuilder, type Expression, type RawBuilder, sql } from "kysely";
import { ownLevel, type ResourceKind, sharedLevel } from "../access/viewer.ts";
import type { Dialect } from "../database/dialect.ts";
import { statement } from "../database/statement.ts";
import { all, first, type Query, execute, type Work } from "../database/work.ts";
import { findExperimentNumber } from "../tracking/experiment-rows.ts";
import { locationsAbove } from "../tracking/uris.ts";
import { PERMISSION_LEVELS, type PermissionLevel, type Reference } from "./workspace-store.ts";

/** A principal's level on an existing resource; undefined if it has none. */
type Holding = { readonly level: PermissionLevel | undefined };

/**
 * What must not change until the transaction ends: `name` keeps the resource and its name, `all` also its grants. Only writes
 * lock.
 */
export type Kept = "nothing" | "name" | "all";

/**
 * Returns what a principal was granted on a resource, directly or through `users`, or undefined when the resource does not exist.
 * A deleted resource exists until it is permanently removed.
 */
export function* findHolding(
  principalName: string,
  reference: Reference,
  kept: Kept = "nothing",
): Work<Holding | undefined> {
  switch (reference.kind) {
    case "version-files":
      return { level: yield* heldOnFiles(principalName, reference.uri) };
    case "artifact":
      return yield* findOnArtifact(principalName, reference.path);
    case "run": {
      const { runId } = reference;
      const row = yield* first(selectOfRun({ runId, principalName }));
      // MLflow 3 sends a logged model's id in place of a run id in some artifact calls.
      return holdingOf(row ?? (yield* first(selectOfLoggedModel({ modelId: runId, principalName }))));
    }
    default:
      return yield* findOnNamed(lookUp(principalName, reference, kept), kept);
  }
}

type Row = { readonly own: string | null; readonly shared: string | null };

function* findOnNamed(select: Query<Row>, kept: Kept): Work<Holding | undefined> {
  // Reads the grants with a second statement, which starts after the lock is acquired and sees what its last holder wrote.
  if (kept !== "nothing") yield* execute(select);
  return holdingOf(yield* first(select));
}

type NamedReference = Exclude<Reference, { kind: "artifact" | "version-files" | "run" }>;

function lookUp(principalName: string, reference: NamedReference, kept: Kept): Query<Row> {
  switch (reference.kind) {
    case "experiment":
      return SELECT_EXPERIMENT[kept]({
        id: findExperimentNumber(reference.experimentId) ?? NO_ID,
        principalName,
      });
    case "experiment-name":
      return SELECT_EXPERIMENT_NAMED[kept]({ name: reference.name, principalName });
    case "registered-model":
      return SELECT_REGISTERED_MODEL[kept]({ name: reference.name, principalName });
    case "logged-model":
      return selectOfLoggedModel({ modelId: reference.modelId, principalName });
    case "trace":
      return selectOfTrace({ traceId: reference.traceId, principalName });
  }
}

/** Matches no resource, for text that is not an id. */
const NO_ID = -1;

function holdingOf(row: Row | undefined): Holding | undefined {
  return row && { level: PERMISSION_LEVELS.findLast((level) => row.own === level || row.shared === level) };
}

/** Uses the experiment with the longest location that contains the path. If several share it, requires the level on each. */
function* findOnArtifact(principalName: string, path: string): Work<Holding | undefined> {
  const locations = JSON.stringify(locationsAbove("mlflow-artifacts:/", path));
  const rows = yield* all(selectByLocations({ locations, principalName }));
  const longest = Math.max(...rows.map(({ location }) => location.length));
  const levels = rows
    .filter(({ location }) => location.length === longest)
    .map((row) => holdingOf(row)?.level);
  if (levels.length === 0) return undefined;
  return { level: PERMISSION_LEVELS.find((level) => levels.includes(level) && !levels.includes(undefined)) };
}

type LevelColumns = readonly [
  AliasedRawBuilder<string | null, "own">,
  AliasedRawBuilder<string | null, "shared">,
];

function levelColumns(kind: ResourceKind, id: string, principalName: Expression<string>): LevelColumns {
  const number = sql.ref<number>(id);
  return [ownLevel(kind, number, principalName).as("own"), sharedLevel(kind, number).as("shared")];
}

/** Builds one statement for each `Kept`. */
function kept<TArgs>(
  make: (lock: (dialect: Dialect) => RawBuilder<unknown>) => (args: TArgs) => Query<Row>,
): Readonly<Record<Kept, (args: TArgs) => Query<Row>>> {
  return {
    nothing: make(() => sql``),
    name: make((dialect) => dialect.lockForName),
    all: make((dialect) => dialect.lockForUpdate),
  };
}

const SELECT_EXPERIMENT = kept((lock) =>
  statement<{ id: number; principalName: string }>()((db, arg, dialect) =>
    db
      .selectFrom("experiments")
      .select([...levelColumns("experiment", "experiments.id", arg("principalName"))])
      .where("id", "=", arg("id"))
      .modifyEnd(lock(dialect)),
  ),
);

const SELECT_EXPERIMENT_NAMED = kept((lock) =>
  statement<{ name: string; principalName: string }>()((db, arg, dialect) =>
    db
      .selectFrom("experiments")
      .select([...levelColumns("experiment", "experiments.id", arg("principalName"))])
      .where("name", "=", arg("name"))
      .modifyEnd(lock(dialect)),
  ),
);

const SELECT_REGISTERED_MODEL = kept((lock) =>
  statement<{ name: string; principalName: string }>()((db, arg, dialect) =>
    db
      .selectFrom("registered_models")
      .select([...levelColumns("registered-model", "registered_models.id", arg("principalName"))])
      .where("name", "=", arg("name"))
      .modifyEnd(lock(dialect)),
  ),
);

/**
 * A principal's level on the files at a URI through registered models. Any grant on a model allows reading the files of its
 * versions, and nothing more.
 */
function* heldOnFiles(principalName: string, uri: string): Work<PermissionLevel | undefined> {
  const root = ROOTS.find((each) => uri.startsWith(each));
  if (root === undefined) return undefined;
  const locations = JSON.stringify(locationsAbove(root, uri.slice(root.length)));
  const found = yield* first(selectReadable({ locations, principalName }));
  return found === undefined ? undefined : "CAN_READ";
}

/** Roots of the locations that this server serves. */
const ROOTS = ["mlflow-artifacts:/", "dbfs:/"] as const;

const selectOfRun = statement<{ runId: string; principalName: string }>()((db, arg) =>
  db
    .selectFrom("runs")
    .select([...levelColumns("experiment", "runs.experiment_id", arg("principalName"))])
    .where("run_uuid", "=", arg("runId")),
);

const selectOfLoggedModel = statement<{ modelId: string; principalName: string }>()((db, arg) =>
  db
    .selectFrom("logged_models")
    .select([...levelColumns("experiment", "logged_models.experiment_id", arg("principalName"))])
    .where("model_uuid", "=", arg("modelId")),
);

const selectOfTrace = statement<{ traceId: string; principalName: string }>()((db, arg) =>
  db
    .selectFrom("traces")
    .select([...levelColumns("experiment", "traces.experiment_id", arg("principalName"))])
    .where("trace_uuid", "=", arg("traceId")),
);

const selectByLocations = statement<{ locations: string; principalName: string }>()((db, arg, dialect) => {
  const id = sql.ref<number>("experiments.id");
  const select = sql<Row & { readonly location: string }>`SELECT artifact_location AS location,
    ${ownLevel("experiment", id, arg("principalName"))} AS own, ${sharedLevel("experiment", id)} AS shared
    FROM ${dialect.joinInOrder({
      outer: sql`${dialect.listOfTexts(arg("locations"))} AS above`,
      table: "experiments",
      on: dialect.indexedTextEquals(sql.ref("experiments.artifact_location"), sql.ref("above.value")),
    })}`;
  return { compile: () => select.compile(db) };
});

const selectReadable = statement<{ locations: string; principalName: string }>()((db, arg, dialect) => {
  const modelId = sql.ref<number>("model_versions.model_id");
  const own = ownLevel("registered-model", modelId, arg("principalName"));
  const select = sql<{ readonly id: number }>`SELECT model_versions.id FROM ${dialect.joinInOrder({
    outer: sql`${dialect.listOfTexts(arg("locations"))} AS above`,
    table: "model_versions",
    on: dialect.indexedTextEquals(sql.ref("model_versions.storage_location"), sql.ref("above.value")),
  })} WHERE coalesce(${own}, ${sharedLevel("registered-model", modelId)}) IS NOT NULL LIMIT 1`;
  return { compile: () => select.compile(db) };
});
