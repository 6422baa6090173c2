import { AppError } from "@flightdeck/core";
import type { Metric, Param, RunBatch, Tag } from "@flightdeck/protocol";
import { bulkInsert } from "../database/bulk-insert.ts";
import { statement } from "../database/statement.ts";
import { all, insertRows, type Work } from "../database/work.ts";
import { pythonRepr } from "../validation/text.ts";
import { internKeys, keyId, type KeyIds } from "./keys.ts";
import { insertModelMetrics } from "./logged-model-rows.ts";
import { insertMetrics } from "./metrics.ts";
import { getActiveRunRow, type RunRow } from "./run-rows.ts";
import { setRunTags } from "./run-tags.ts";

/** Stores a checked batch. */
export function* logBatch(runId: string, { metrics, params, tags }: RunBatch): Work<void> {
  const run = yield* getActiveRunRow(runId);
  const ids = yield* internKeys(
    run.experiment_id,
    [...metrics, ...params].map(({ key }) => key),
  );
  const changes = yield* insertParams(run, params, ids);
  if (changes.length > 0) throw paramChangesError(run, changes);
  yield* insertMetrics(run.id, metrics, ids);
  yield* insertModelMetrics(run.id, metrics);
  yield* setRunTags(run, tags);
}

/** Stores a checked point. */
export function* logMetric(runId: string, metric: Metric): Work<void> {
  const run = yield* getActiveRunRow(runId);
  yield* insertMetrics(run.id, [metric], yield* internKeys(run.experiment_id, [metric.key]));
  yield* insertModelMetrics(run.id, [metric]);
}

/** Stores a checked param. */
export function* logParam(runId: string, param: Param): Work<void> {
  const run = yield* getActiveRunRow(runId);
  const [change] = yield* insertParams(run, [param], yield* internKeys(run.experiment_id, [param.key]));
  if (change !== undefined) throw paramChangeError(run, change);
}

/** Stores a checked tag. */
export function* setTag(runId: string, tag: Tag): Work<void> {
  const run = yield* getActiveRunRow(runId);
  yield* setRunTags(run, [tag]);
}

/** A param that was already logged with a different value. */
type ParamChange = { readonly key: string; readonly oldValue: string; readonly newValue: string };

/** Stores new params. If the value of any existing param would change, stores nothing and returns these changes. */
function* insertParams(run: RunRow, params: readonly Param[], ids: KeyIds): Work<readonly ParamChange[]> {
  if (params.length === 0) return [];
  const logged = yield* loggedParams(run.id);
  const changes = params.flatMap(({ key, value }) => {
    const oldValue = logged.get(keyId(ids, key));
    return oldValue === undefined || oldValue === value ? [] : [{ key, oldValue, newValue: value }];
  });
  if (changes.length > 0) return changes;
  const added = params.filter(({ key }) => !logged.has(keyId(ids, key)));
  yield* insertRows(
    INSERT_PARAMS,
    added.map(({ key, value }) => [run.id, keyId(ids, key), value]),
  );
  return [];
}

/** MLflow's message for a single param. */
function paramChangeError({ run_uuid }: RunRow, { key, oldValue, newValue }: ParamChange): AppError {
  return new AppError(
    "INVALID_PARAMETER_VALUE",
    `Changing param values is not allowed. Param with key='${key}' was already logged with value='${oldValue}' for run ID='${run_uuid}'. Attempted logging new value '${newValue}'.`,
  );
}

/** MLflow's message for a batch. */
function paramChangesError({ run_uuid }: RunRow, changes: readonly ParamChange[]): AppError {
  const shown = changes.map(
    ({ key, oldValue, newValue }) =>
      `{'key': ${pythonRepr(key)}, 'old_value': ${pythonRepr(oldValue)}, 'new_value': ${pythonRepr(newValue)}}`,
  );
  return new AppError(
    "INVALID_PARAMETER_VALUE",
    `Changing param values is not allowed. Params were already logged='[${shown.join(", ")}]' for run ID='${run_uuid}'.`,
  );
}

function* loggedParams(runId: number): Work<ReadonlyMap<number, string>> {
  const rows = yield* all(selectParams({ runId }));
  return new Map(rows.map(({ key_id, value }) => [key_id, value]));
}

const INSERT_PARAMS = bulkInsert("params", ["run_id", "key_id", "value"]);

const selectParams = statement<{ runId: number }>()((db, arg) =>
  db.selectFrom("params").select(["key_id", "value"]).where("run_id", "=", arg("runId")),
);
