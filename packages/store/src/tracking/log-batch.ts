import type { Metric, Param, Tag } from "@flightdeck/protocol";
import type { Work } from "../database/work.ts";
import type { Batch } from "../validation/batch.ts";
import { internKeys } from "./keys.ts";
import { insertModelMetrics } from "./logged-model-metrics.ts";
import { insertMetrics } from "./metrics.ts";
import { insertParams, paramChangeError, paramChangesError } from "./params.ts";
import { getActiveRunRow } from "./run-rows.ts";
import { setRunTags } from "./run-tags.ts";

/** Stores a checked batch whole. */
export function* logBatch(runId: string, { metrics, params, tags }: Batch): Work<void> {
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
