import { sql } from "kysely";
import type { StoreContext } from "../access/store-context.ts";
import { statement } from "../database/statement.ts";
import { all, type Database, first, execute, type Work } from "../database/work.ts";
import { ANY_SOURCE } from "../import/progress.ts";
import { findGarbage } from "./find-garbage.ts";
import type { FindGarbageInput, Garbage, GarbageStore } from "./garbage-store.ts";
import { listUnfinished, removeGarbage } from "./remove-garbage.ts";

/** Permanent removal in a SQL database. */
export class SqlGarbageStore implements GarbageStore {
  readonly #database: Database;
  readonly #context: StoreContext;

  constructor(database: Database, context: StoreContext) {
    this.#database = database;
    this.#context = context;
  }

  async findGarbage(input: FindGarbageInput = {}): Promise<readonly Garbage[]> {
    const untilMs = this.#context.clock.nowMs() - (input.olderThanMs ?? 0);
    return this.#database.read(() => findGarbage(input, untilMs));
  }

  async remove(garbage: readonly Garbage[]): Promise<readonly Garbage[]> {
    return this.#database.write(() => removeGarbage(garbage));
  }

  async listUnfinished(): Promise<readonly Garbage[]> {
    return this.#database.read(listUnfinished);
  }

  async finish(garbage: readonly Garbage[]): Promise<void> {
    const keys = new Set(garbage.map(keyOf));
    const found = await this.#database.read(() => findLeft(garbage.map(({ id }) => id)));
    const left = found.filter(({ kind, uuid: id }) => keys.has(keyOf({ kind, id })));
    for (const { kind, row_id: runId } of left) {
      let hasMore = kind === "run";
      while (hasMore) hasMore = await this.#database.write(() => deletePoints(runId));
    }
    await this.#database.write(() => forget(left));
  }
}

function keyOf({ kind, id }: { readonly kind: string; readonly id: string }): string {
  return `${kind} ${id}`;
}

/**
 * Points deleted per transaction. That takes some tens of milliseconds, during which nobody else can write on SQLite; a
 * history of a million points in one transaction would block other writers for seconds.
 */
const DELETE_STEP_POINTS = 10_000;

/** The record of a removed thing. */
type LeftRow = { readonly kind: string; readonly row_id: number; readonly uuid: string };

function* findLeft(ids: readonly string[]): Work<readonly LeftRow[]> {
  return yield* all(selectLeft({ list: JSON.stringify(ids) }));
}

/** Deletes one step of a run's metric histories and returns whether there is more. Runs in a write transaction. */
function* deletePoints(runId: number): Work<boolean> {
  const end = yield* first(selectStepEnd({ runId }));
  if (end === undefined) {
    yield* execute(deleteAllPoints({ runId }));
    return false;
  }
  const { key_id: keyId, step, timestamp_ms: timestampMs, value } = end;
  yield* execute(deletePointsBefore({ runId, keyId, step, timestampMs, value }));
  return true;
}

/** Deletes the remaining data and the records of removed things. Runs in a write transaction. */
function* forget(left: readonly LeftRow[]): Work<void> {
  const runIds = rowIds(left, "run");
  for (const table of RUN_TABLES) yield* execute(deleteOfRuns[table]({ list: runIds }));
  yield* execute(deleteModelMetrics({ list: runIds }));
  yield* execute(deleteGrants({ kind: "experiment", list: rowIds(left, "experiment") }));
  // Allows an import to bring them back.
  for (const { kind, uuid } of left) {
    yield* execute(kind === "experiment" ? deleteTarget({ kind, uuid }) : deleteImported({ kind, uuid }));
  }
  for (const { kind, row_id: rowId } of left) yield* execute(deleteGarbage({ kind, rowId }));
}

function rowIds(left: readonly LeftRow[], kind: string): string {
  return JSON.stringify(left.filter((row) => row.kind === kind).map(({ row_id: id }) => id));
}

/** Tables with data of a run, other than its metric histories. */
const RUN_TABLES = [
  "latest_metrics",
  "params",
  "tags",
  "run_datasets",
  "run_dataset_tags",
  "run_models",
] as const;

type List = { readonly list: string };

type RunTable = (typeof RUN_TABLES)[number];

const deleteOfRuns = Object.fromEntries(
  RUN_TABLES.map((table) => [
    table,
    statement<List>()((db, arg, dialect) =>
      db.deleteFrom(table).where("run_id", "in", dialect.listOfIntegers(arg("list"))),
    ),
  ]),
) as Readonly<Record<RunTable, ReturnType<ReturnType<typeof statement<List>>>>>; // One entry per table.

type Imported = { readonly kind: string; readonly uuid: string };

type RunId = { readonly runId: number };

/** Needs no index: models have few metrics, and many runs are deleted at once. */
const deleteModelMetrics = statement<List>()((db, arg, dialect) =>
  db.deleteFrom("logged_model_metrics").where("run_id", "in", dialect.listOfIntegers(arg("list"))),
);

const deleteGrants = statement<List & { readonly kind: string }>()((db, arg, dialect) =>
  db
    .deleteFrom("grants")
    .where("resource_kind", "=", arg("kind"))
    .where("resource_id", "in", dialect.listOfIntegers(arg("list"))),
);

/** For runs and models, whose ids are the same in every workspace. */
const deleteImported = statement<Imported>()((db, arg) =>
  db
    .deleteFrom("imported")
    .where("kind", "=", arg("kind"))
    .where("source", "=", ANY_SOURCE)
    .where("source_id", "=", arg("uuid")),
);

const deleteTarget = statement<Imported>()((db, arg) =>
  db.deleteFrom("imported").where("kind", "=", arg("kind")).where("target_id", "=", arg("uuid")),
);

const deleteGarbage = statement<{ readonly kind: string; readonly rowId: number }>()((db, arg) =>
  db.deleteFrom("garbage").where("kind", "=", arg("kind")).where("row_id", "=", arg("rowId")),
);

const selectLeft = statement<List>()((db, arg, dialect) =>
  db
    .selectFrom("garbage")
    .select(["kind", "row_id", "uuid"])
    .where("uuid", "in", dialect.listOfTexts(arg("list"))),
);

const selectStepEnd = statement<RunId>()((db, arg) =>
  db
    .selectFrom("metrics")
    .select(["key_id", "timestamp_ms", "step", "value"])
    .where("run_id", "=", arg("runId"))
    .orderBy("key_id")
    .orderBy("timestamp_ms")
    .orderBy("step")
    .orderBy("value")
    .limit(1)
    .offset(DELETE_STEP_POINTS),
);

const deletePointsBefore = statement<
  RunId & {
    readonly keyId: number;
    readonly timestampMs: number;
    readonly step: number;
    readonly value: number;
  }
>()((db, arg) =>
  db
    .deleteFrom("metrics")
    .where("run_id", "=", arg("runId"))
    .where(
      sql<boolean>`(key_id, timestamp_ms, step, value) < (${arg("keyId")}, ${arg("timestampMs")}, ${arg("step")}, ${arg("value")})`,
    ),
);

const deleteAllPoints = statement<RunId>()((db, arg) =>
  db.deleteFrom("metrics").where("run_id", "=", arg("runId")),
);
