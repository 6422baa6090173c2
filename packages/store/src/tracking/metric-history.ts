import { AppError } from "@flightdeck/core";
import { LIMITS, type Metric } from "@flightdeck/protocol";
import { sql } from "kysely";
import { statement } from "../database/statement.ts";
import { all, type Work } from "../database/work.ts";
import { decodePageToken, encodePageToken, type Page } from "../search/page.ts";
import { findKeyId } from "./keys.ts";
import { outlineHistory } from "./metric-outline.ts";
import { type History, type PointRow, sampleHistory, sampleRange } from "./metric-sampling.ts";
import { metricFromRow } from "./metrics.ts";
import { findRunRow } from "./run-rows.ts";
import type { MetricHistoryBulkInput, MetricHistoryInput, MetricIntervalInput } from "./tracking-store.ts";

/** Clients before MLflow 2.0 request a whole history at once. A response could not hold more than this. */
export const UNPAGED_POINTS_MAX = 1_000_000;

/** One page in the table's order: timestamp, step, value. Empty for an unknown run, as in MLflow. */
export function* getMetricHistory(input: MetricHistoryInput): Work<Page<Metric>> {
  const { runId, metricKey, maxResults = UNPAGED_POINTS_MAX, pageToken = "" } = input;
  if (!Number.isInteger(maxResults) || maxResults < 1) {
    throw new AppError(
      "INVALID_PARAMETER_VALUE",
      `Invalid value ${maxResults} for parameter 'max_results' supplied. It must be a positive integer.`,
    );
  }
  const scope = ["metric-history", runId, metricKey];
  const after = pageToken === "" ? BEFORE_ALL : positionOf(decodePageToken(pageToken, scope));
  const run = yield* findRunRow(runId);
  if (run === undefined) return { items: [] };
  const keyId = yield* findKeyId(run.experiment_id, metricKey);
  if (keyId === undefined) return { items: [] };
  const rows = yield* all(selectPage({ runId: run.id, keyId, ...after, limit: maxResults + 1 }));
  const items = rows.slice(0, maxResults).map((row) => metricFromRow(metricKey, row));
  const last = rows[maxResults - 1];
  if (rows.length <= maxResults || last === undefined) return { items };
  const position = [last.timestamp_ms, last.step, last.value, last.is_nan];
  return { items, nextPageToken: encodePageToken(position, scope) };
}

type Position = {
  readonly timestamp: number;
  readonly step: number;
  readonly value: number;
  readonly isNan: number;
};

const BEFORE_ALL: Position = { timestamp: Number.MIN_SAFE_INTEGER, step: 0, value: 0, isNan: 0 };

function positionOf(parts: readonly unknown[]): Position {
  const [timestamp, step, value, isNan] = parts.map(Number);
  return { timestamp: timestamp ?? 0, step: step ?? 0, value: value ?? 0, isNan: isNan ?? 0 };
}

type RunMetric = Metric & { readonly runId: string };

/**
 * Reads points of one run after the other, ordered by run id, up to the limit. Within a run the order is by time, then step, as
 * in MLflow.
 */
export function* getMetricHistoryBulk(input: MetricHistoryBulkInput): Work<readonly RunMetric[]> {
  const { runIds, metricKey, maxResults = LIMITS.metricHistoryResultsMax } = input;
  const points: RunMetric[] = [];
  for (const runId of [...new Set(runIds)].toSorted()) {
    const room = Math.min(maxResults, LIMITS.metricHistoryResultsMax) - points.length;
    if (room === 0) break;
    const { items } = yield* getMetricHistory({ runId, metricKey, maxResults: room });
    for (const metric of items) points.push({ ...metric, runId });
  }
  return points;
}

/** With MLflow's messages. */
export function checkMetricHistoryBulk({ runIds, maxResults = 1 }: MetricHistoryBulkInput): void {
  if (runIds.length === 0) {
    throw invalid("GetMetricHistoryBulk request must specify at least one run_id.");
  }
  if (runIds.length > LIMITS.bulkIntervalRunsMax) {
    throw invalid(
      `GetMetricHistoryBulk request cannot specify more than ${LIMITS.bulkIntervalRunsMax} run_ids. Received ${runIds.length} run_ids.`,
    );
  }
  if (Number.isInteger(maxResults) && maxResults > 0) return;
  throw invalid(
    `Invalid value ${maxResults} for parameter 'max_results' supplied. It must be a positive integer`,
  );
}

/** Returns each run's points, thinned to `maxResults` and including the latest. Unknown runs have none. */
export function* getMetricHistoryBulkInterval(input: MetricIntervalInput): Work<readonly RunMetric[]> {
  const { runIds, metricKey } = input;
  const points: RunMetric[] = [];
  for (const runId of runIds) {
    const run = yield* findRunRow(runId);
    if (run === undefined) continue;
    const keyId = yield* findKeyId(run.experiment_id, metricKey);
    if (keyId === undefined) continue;
    const rows = yield* thin({ runId: run.id, keyId }, input);
    for (const row of rows) points.push({ ...metricFromRow(metricKey, row), runId });
  }
  return points;
}

function* thin(history: History, input: MetricIntervalInput): Work<readonly PointRow[]> {
  const { maxResults = LIMITS.bulkIntervalResultsMax, startStep, endStep, sampling = "even" } = input;
  const range =
    startStep === undefined || endStep === undefined ? undefined : { ...history, startStep, endStep };
  if (sampling === "m4") return yield* outlineHistory(history, range, maxResults);
  return range === undefined
    ? yield* sampleHistory(history, maxResults)
    : yield* sampleRange(range, maxResults);
}

/** With MLflow's messages. */
export function checkMetricInterval({
  runIds,
  startStep,
  endStep,
  maxResults = 1,
}: MetricIntervalInput): void {
  if ((startStep === undefined) !== (endStep === undefined)) {
    throw invalid("If either start step or end step are specified, both must be specified.");
  }
  if (startStep !== undefined && endStep !== undefined && startStep > endStep) {
    throw invalid(
      `end_step must be greater than start_step. Found start_step=${startStep} and end_step=${endStep}.`,
    );
  }
  if (runIds.length > LIMITS.bulkIntervalRunsMax) {
    throw invalid(
      `GetMetricHistoryBulkInterval request must specify at most ${LIMITS.bulkIntervalRunsMax} run_ids. Received ${runIds.length} run_ids.`,
    );
  }
  if (maxResults < 1 || maxResults > LIMITS.bulkIntervalResultsMax) {
    throw invalid(`max_results must be between 1 and ${LIMITS.bulkIntervalResultsMax}.`);
  }
}

function invalid(message: string): AppError {
  return new AppError("INVALID_PARAMETER_VALUE", message);
}

const selectPage = statement<{ runId: number; keyId: number; limit: number } & Position>()((db, arg) =>
  db
    .selectFrom("metrics")
    .select(["step", "timestamp_ms", "value", "is_nan"])
    .where("run_id", "=", arg("runId"))
    .where("key_id", "=", arg("keyId"))
    .where(
      sql<boolean>`(timestamp_ms, step, value, is_nan) > (${arg("timestamp")}, ${arg("step")}, ${arg("value")}, ${arg("isNan")})`,
    )
    .orderBy("timestamp_ms")
    .orderBy("step")
    .orderBy("value")
    .orderBy("is_nan")
    .limit(arg("limit")),
);
