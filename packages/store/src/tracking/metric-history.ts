import { AppError } from "@flightdeck/core";
import { LIMITS, type Metric } from "@flightdeck/protocol";
import { sql } from "kysely";
import { statement } from "../database/statement.ts";
import { all, type Work } from "../database/work.ts";
import { decodePageToken, encodePageToken } from "../page-token.ts";
import type { Page } from "../page.ts";
import { findKeyId } from "./keys.ts";
import { metricFromRow } from "./metrics.ts";
import { getRunRow } from "./run-rows.ts";
import type { MetricHistoryInput, MetricIntervalInput } from "./tracking-store.ts";

/** Clients before 2.0 ask for a whole history at once; more than this would not fit into an answer. */
const UNPAGED_POINTS_MAX = 1_000_000;

/** One page, in the order of the cluster: step, timestamp, value. */
export function* getMetricHistory(input: MetricHistoryInput): Work<Page<Metric>> {
  const { runId, metricKey, maxResults = UNPAGED_POINTS_MAX, pageToken = "" } = input;
  if (!Number.isInteger(maxResults) || maxResults < 1) {
    throw new AppError(
      "INVALID_PARAMETER_VALUE",
      `Invalid value ${maxResults} for parameter 'max_results' supplied. It must be a positive integer`,
    );
  }
  const scope = ["metric-history", runId, metricKey];
  const after = pageToken === "" ? BEFORE_ALL : positionOf(decodePageToken(pageToken, scope));
  const run = yield* getRunRow(runId);
  const keyId = yield* findKeyId(metricKey);
  if (keyId === undefined) return { items: [] };
  const rows = yield* all(selectPage({ runId: run.id, keyId, ...after, limit: maxResults + 1 }));
  const items = rows.slice(0, maxResults).map((row) => metricFromRow({ key: metricKey, ...row }));
  const last = rows[maxResults - 1];
  if (rows.length <= maxResults || last === undefined) return { items };
  const position = [last.step, last.timestamp_ms, last.value, last.is_nan];
  return { items, nextPageToken: encodePageToken(position, scope) };
}

/** For each run its points, thinned evenly to `maxResults`, first and last kept. */
export function* getMetricHistoryBulkInterval(
  input: MetricIntervalInput,
): Work<readonly (Metric & { readonly runId: string })[]> {
  const { runIds, metricKey, startStep, endStep, maxResults = LIMITS.bulkIntervalResultsMax } = input;
  const points: (Metric & { readonly runId: string })[] = [];
  const keyId = yield* findKeyId(metricKey);
  for (const runId of runIds) {
    const run = yield* getRunRow(runId);
    if (keyId === undefined) continue;
    const rows = yield* all(
      selectThinned({
        runId: run.id,
        keyId,
        startStep: startStep ?? Number.MIN_SAFE_INTEGER,
        endStep: endStep ?? Number.MAX_SAFE_INTEGER,
        maxResults,
      }),
    );
    for (const row of rows) points.push({ ...metricFromRow({ key: metricKey, ...row }), runId });
  }
  return points;
}

export function checkMetricInterval({
  runIds,
  startStep,
  endStep,
  maxResults = 1,
}: MetricIntervalInput): void {
  if ((startStep === undefined) !== (endStep === undefined)) {
    throw new AppError(
      "INVALID_PARAMETER_VALUE",
      "Both start_step and end_step must be specified together, or neither may be specified.",
    );
  }
  if (runIds.length > LIMITS.bulkIntervalRunsMax) {
    throw new AppError(
      "INVALID_PARAMETER_VALUE",
      `GetMetricHistoryBulkInterval request must specify at most ${LIMITS.bulkIntervalRunsMax} run_ids. Received ${runIds.length} run_ids.`,
    );
  }
  if (maxResults < 1 || maxResults > LIMITS.bulkIntervalResultsMax) {
    throw new AppError(
      "INVALID_PARAMETER_VALUE",
      `max_results must be between 1 and ${LIMITS.bulkIntervalResultsMax}.`,
    );
  }
}

type Position = {
  readonly step: number;
  readonly timestamp: number;
  readonly value: number;
  readonly isNan: number;
};

const BEFORE_ALL: Position = { step: Number.MIN_SAFE_INTEGER, timestamp: -1, value: 0, isNan: 0 };

function positionOf(parts: readonly unknown[]): Position {
  const [step, timestamp, value, isNan] = parts.map(Number);
  return { step: step ?? 0, timestamp: timestamp ?? 0, value: value ?? 0, isNan: isNan ?? 0 };
}

const selectPage = statement<{ runId: number; keyId: number; limit: number } & Position>()((db, arg) =>
  db
    .selectFrom("metrics")
    .select(["step", "timestamp_ms", "value", "is_nan"])
    .where("run_id", "=", arg("runId"))
    .where("key_id", "=", arg("keyId"))
    .where(
      sql<boolean>`(step, timestamp_ms, value, is_nan) > (${arg("step")}, ${arg("timestamp")}, ${arg("value")}, ${arg("isNan")})`,
    )
    .orderBy("step")
    .orderBy("timestamp_ms")
    .orderBy("value")
    .orderBy("is_nan")
    .limit(arg("limit")),
);

const selectThinned = statement<{
  runId: number;
  keyId: number;
  startStep: number;
  endStep: number;
  maxResults: number;
}>()((db, arg) =>
  db
    .selectFrom(
      db
        .selectFrom("metrics")
        .select(["step", "timestamp_ms", "value", "is_nan"])
        .select([
          sql<number>`row_number() OVER (ORDER BY step, timestamp_ms, value, is_nan) - 1`.as("position"),
          sql<number>`count(*) OVER ()`.as("count"),
        ])
        .where("run_id", "=", arg("runId"))
        .where("key_id", "=", arg("keyId"))
        .where("step", ">=", arg("startStep"))
        .where("step", "<=", arg("endStep"))
        .as("points"),
    )
    .select(["step", "timestamp_ms", "value", "is_nan"])
    // A point stays when it is the last, or the first of one of `maxResults - 1` equal stretches.
    .where(
      sql<boolean>`position = count - 1
        OR position * (cast(${arg("maxResults")} AS integer) - 1) / count <> (position - 1) * (cast(${arg("maxResults")} AS integer) - 1) / count
        OR (position = 0 AND ${arg("maxResults")} > 1)`,
    )
    .orderBy("step")
    .orderBy("timestamp_ms")
    .orderBy("value")
    .orderBy("is_nan"),
);
