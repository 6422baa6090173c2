import { AppError } from "@flightdeck/core";
import { LIMITS } from "@flightdeck/protocol";
import { bulkInsert } from "../database/bulk-insert.ts";
import { insertRows, type Work } from "../database/work.ts";
import { getActiveRunRow } from "../tracking/run-rows.ts";
import type { TraceRow } from "./trace-rows.ts";

/** Throws MLflow's words for too many. */
export function checkLinks(count: number): void {
  if (count <= LIMITS.linkTracesMax) return;
  throw new AppError(
    "INVALID_PARAMETER_VALUE",
    `Cannot link more than ${LIMITS.linkTracesMax} traces to a run in a single request. Provided ${count} traces.`,
  );
}

/** Part of a write. A link that is there stays. */
export function* linkTraces(traces: readonly Pick<TraceRow, "id">[], runId: string): Work<void> {
  const run = yield* getActiveRunRow(runId);
  const ids = new Set(traces.map(({ id }) => id));
  yield* insertRows(
    INSERT_LINKS,
    Array.from(ids, (id) => [run.id, id]),
  );
}

const INSERT_LINKS = bulkInsert("trace_runs", ["run_id", "trace_id"], {
  target: ["run_id", "trace_id"],
  update: [],
});
