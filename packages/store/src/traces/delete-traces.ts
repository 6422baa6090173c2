import { AppError } from "@flightdeck/core";
import { sql } from "kysely";
import { query, statement } from "../database/statement.ts";
import { all, run, type Work } from "../database/work.ts";
import { parseExperimentId } from "../tracking/experiments.ts";
import type { DeleteTracesInput } from "./trace-store.ts";

/** MLflow's words, which are its client's too. */
export function checkDeletion({ maxTimestampMs, maxTraces, traceIds = [] }: DeleteTracesInput): void {
  if (maxTimestampMs === undefined && traceIds.length === 0) {
    throw invalid("Either `max_timestamp_millis` or `trace_ids` must be specified.");
  }
  if (maxTimestampMs !== undefined && traceIds.length > 0) {
    throw invalid("Only one of `max_timestamp_millis` and `trace_ids` can be specified.");
  }
  if (traceIds.length > 0 && maxTraces !== undefined) {
    throw invalid("`max_traces` can't be specified if `trace_ids` is specified.");
  }
  if (maxTraces !== undefined && maxTraces <= 0) {
    throw invalid(`\`max_traces\` must be a positive integer, received ${maxTraces}.`);
  }
}

/**
 * Traces that go in one transaction. A trace may take hundreds of rows with it, and while a transaction runs nothing else
 * does: a million traces go in steps.
 */
export const DELETE_STEP_TRACES = 200;

/** Part of a write; what belongs to the traces goes with them. Gives how many of at most `limit` went. */
export function* deleteTraces(input: DeleteTracesInput, limit: number): Work<number> {
  const { maxTimestampMs, traceIds = [] } = input;
  const experimentId = parseExperimentId(input.experimentId);
  const found = yield* all(
    query((db, dialect) => {
      const own = db
        .selectFrom("traces")
        .select("id")
        .where("experiment_id", "=", experimentId)
        .orderBy("timestamp_ms")
        .orderBy("trace_uuid")
        .limit(limit);
      const old = maxTimestampMs === undefined ? own : own.where("timestamp_ms", "<=", maxTimestampMs);
      const list = dialect.listOfTexts(sql.val(JSON.stringify(traceIds)));
      return traceIds.length === 0 ? old : old.where("trace_uuid", "in", list);
    }),
  );
  yield* run(deleteRows({ ids: JSON.stringify(found.map(({ id }) => id)) }));
  return found.length;
}

function invalid(message: string): AppError {
  return new AppError("INVALID_PARAMETER_VALUE", message);
}

const deleteRows = statement<{ ids: string }>()((db, arg, dialect) =>
  db.deleteFrom("traces").where("id", "in", dialect.listOfIntegers(arg("ids"))),
);
