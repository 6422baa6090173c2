import { AppError, assert, newRunId } from "@flightdeck/core";
import { type Run, type RunInfo, SYSTEM_TAGS, type Tag } from "@flightdeck/protocol";
import type { StoreContext } from "../access/store-context.ts";
import { statement } from "../database/statement.ts";
import { all, first, execute, type Work } from "../database/work.ts";
import { getActiveExperimentRow } from "./experiment-rows.ts";
import { keyNames } from "./keys.ts";
import { metricFromRow } from "./metrics.ts";
import { randomName } from "./random-name.ts";
import { readRunInputs } from "./run-inputs.ts";
import { getRunRow, lockActiveRunRow, lockRunRow, runInfoFromRow, type RunRow } from "./run-rows.ts";
import { setRunTags } from "./run-tags.ts";
import type { CreateRunInput, UpdateRunInput } from "./tracking-store.ts";
import { appendToUri } from "./uris.ts";

/** `tags` must be checked already. Runs in a write transaction. */
export function* createRun(
  context: StoreContext,
  input: CreateRunInput & { readonly tags: readonly Tag[] },
): Work<Run> {
  const experiment = yield* getActiveExperimentRow(input.experimentId);
  const runId = newRunId();
  const name = nameOf(input) ?? randomName(context.random);
  const row = yield* first(
    insertRun({
      runId,
      experimentId: experiment.id,
      name,
      userId: input.userId ?? "",
      startTime: input.startTimeMs ?? context.clock.nowMs(),
      artifactUri: appendToUri(experiment.artifact_location, runId, "artifacts"),
    }),
  );
  assert(row !== undefined, "an insert returns its row");
  const tags = [...input.tags, { key: SYSTEM_TAGS.runName, value: name }];
  yield* setRunTags(row, tags);
  return yield* readRun(row);
}

export function* getRun(runId: string): Work<Run> {
  return yield* readRun(yield* getRunRow(runId));
}

export function* updateRun({ runId, status, endTimeMs, runName }: UpdateRunInput): Work<RunInfo> {
  const row = yield* lockActiveRunRow(runId);
  yield* execute(
    updateRunRow({ id: row.id, status: status ?? row.status, endTime: endTimeMs ?? row.end_time_ms }),
  );
  if (runName !== undefined && runName !== "") {
    const tag = { key: SYSTEM_TAGS.runName, value: runName };
    yield* setRunTags(row, [tag]);
  }
  return runInfoFromRow(yield* getRunRow(runId));
}

export function* deleteRun(context: StoreContext, runId: string): Work<void> {
  const row = yield* getRunRow(runId);
  yield* execute(updateDeleted({ id: row.id, deleted: context.clock.nowMs() }));
}

/** Locks the run, because it may be about to be removed permanently. */
export function* restoreRun(runId: string): Work<void> {
  const row = yield* lockRunRow(runId);
  yield* execute(updateDeleted({ id: row.id, deleted: null }));
}

function* readRun(row: RunRow): Work<Run> {
  const [run] = yield* readRuns([row]);
  assert(run !== undefined, "one row gives one run");
  return run;
}

function nameOf({ runName = "", tags = [] }: CreateRunInput): string | undefined {
  const tagName = tags.findLast(({ key }) => key === SYSTEM_TAGS.runName)?.value ?? "";
  if (runName !== "" && tagName !== "" && runName !== tagName) {
    throw new AppError(
      "INVALID_PARAMETER_VALUE",
      `Both 'run_name' argument and 'mlflow.runName' tag are specified, but with different values (run_name='${runName}', mlflow.runName='${tagName}').`,
    );
  }
  const name = runName === "" ? tagName : runName;
  return name === "" ? undefined : name;
}

/** Reads complete runs for the rows, with a constant number of queries. */
export function* readRuns(rows: readonly RunRow[]): Work<readonly Run[]> {
  if (rows.length === 0) return [];
  const runIds = JSON.stringify(rows.map(({ id }) => id));
  const metricRows = yield* all(selectMetrics({ runIds }));
  const paramRows = yield* all(selectParams({ runIds }));
  const tagRows = yield* all(selectTags({ runIds }));
  const inputs = yield* readRunInputs(runIds);
  const names = yield* keyNames(keyIdsOf(metricRows, paramRows, tagRows));
  const metrics = byRun(metricRows, names, metricFromRow);
  const params = byRun(paramRows, names, textFromRow);
  const tags = byRun(tagRows, names, textFromRow);
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

type KeyedRow = { readonly run_id: number; readonly key_id: number };

function keyIdsOf(...tables: readonly (readonly KeyedRow[])[]): Set<number> {
  const ids = new Set<number>();
  for (const rows of tables) for (const { key_id } of rows) ids.add(key_id);
  return ids;
}

/** Groups converted rows by run, sorted by key. */
function byRun<TRow extends KeyedRow, T extends { readonly key: string }>(
  rows: readonly TRow[],
  names: ReadonlyMap<number, string>,
  convert: (key: string, row: TRow) => T,
): ReadonlyMap<number, readonly T[]> {
  const groups = new Map<number, T[]>();
  for (const row of rows) {
    const key = names.get(row.key_id);
    assert(key !== undefined, `key ${row.key_id} has no name`);
    const member = convert(key, row);
    const group = groups.get(row.run_id);
    if (group === undefined) groups.set(row.run_id, [member]);
    else group.push(member);
  }
  for (const group of groups.values()) group.sort(byKey);
  return groups;
}

function byKey(a: { readonly key: string }, b: { readonly key: string }): number {
  return a.key < b.key ? -1 : 1;
}

function textFromRow(key: string, { value }: { readonly value: string }): { key: string; value: string } {
  return { key, value };
}

type RunIds = { readonly runIds: string };

const insertRun = statement<{
  runId: string;
  experimentId: number;
  name: string;
  userId: string;
  startTime: number;
  artifactUri: string;
}>()((db, arg) =>
  db
    .insertInto("runs")
    .values({
      run_uuid: arg("runId"),
      experiment_id: arg("experimentId"),
      name: arg("name"),
      user_id: arg("userId"),
      status: "RUNNING",
      start_time_ms: arg("startTime"),
      artifact_uri: arg("artifactUri"),
    })
    .returningAll(),
);

const updateRunRow = statement<{ id: number; status: string; endTime: number | null }>()((db, arg) =>
  db
    .updateTable("runs")
    .set({ status: arg("status"), end_time_ms: arg("endTime") })
    .where("id", "=", arg("id")),
);

const updateDeleted = statement<{ id: number; deleted: number | null }>()((db, arg) =>
  db
    .updateTable("runs")
    .set({ deleted_time_ms: arg("deleted") })
    .where("id", "=", arg("id")),
);

const selectMetrics = statement<RunIds>()((db, arg, dialect) =>
  db
    .selectFrom("latest_metrics")
    .selectAll()
    .where("run_id", "in", dialect.listOfIntegers(arg("runIds"))),
);

const selectParams = statement<RunIds>()((db, arg, dialect) =>
  db
    .selectFrom("params")
    .selectAll()
    .where("run_id", "in", dialect.listOfIntegers(arg("runIds"))),
);

const selectTags = statement<RunIds>()((db, arg, dialect) =>
  db
    .selectFrom("tags")
    .selectAll()
    .where("run_id", "in", dialect.listOfIntegers(arg("runIds"))),
);
