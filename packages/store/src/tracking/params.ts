import { AppError } from "@flightdeck/core";
import type { Param } from "@flightdeck/protocol";
import { bulkInsert } from "../database/bulk-insert.ts";
import { statement } from "../database/statement.ts";
import { all, insertRows, type Work } from "../database/work.ts";
import { pythonRepr } from "../validation/text.ts";
import { type KeyIds, keyId } from "./keys.ts";
import type { RunRow } from "./run-rows.ts";

/** A param that was logged with another value. */
export type ParamChange = { readonly key: string; readonly oldValue: string; readonly newValue: string };

/** Stores params that are not there yet; gives those whose value would change, and then stores nothing. */
export function* insertParams(
  run: RunRow,
  params: readonly Param[],
  ids: KeyIds,
): Work<readonly ParamChange[]> {
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

/** MLflow's words for a lone param. */
export function paramChangeError({ run_uuid }: RunRow, { key, oldValue, newValue }: ParamChange): AppError {
  return new AppError(
    "INVALID_PARAMETER_VALUE",
    `Changing param values is not allowed. Param with key='${key}' was already logged with value='${oldValue}' for run ID='${run_uuid}'. Attempted logging new value '${newValue}'.`,
  );
}

/** MLflow's words for a batch. */
export function paramChangesError({ run_uuid }: RunRow, changes: readonly ParamChange[]): AppError {
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
