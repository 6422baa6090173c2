import { AppError } from "@flightdeck/core";
import { LIMITS, type Metric } from "@flightdeck/protocol";
import { type RawBuilder, sql } from "kysely";
import { type Arg, query, statement } from "../database/statement.ts";
import { all, type Work } from "../database/work.ts";
import { findKeyId } from "./keys.ts";
import { metricFromRow } from "./metrics.ts";
import { getRunRow } from "./run-rows.ts";
import type { MetricIntervalInput } from "./tracking-store.ts";

type PointRow = {
  readonly step: number;
  readonly timestamp_ms: number;
  readonly value: number;
  readonly is_nan: number;
};
type Range = {
  readonly runId: number;
  readonly keyId: number;
  readonly startStep: number;
  readonly endStep: number;
};

/** For each run its points, thinned evenly to `maxResults`, first and last kept. */
export function* getMetricHistoryBulkInterval(
  input: MetricIntervalInput,
): Work<readonly (Metric & { readonly runId: string })[]> {
  const { runIds, metricKey, maxResults = LIMITS.bulkIntervalResultsMax } = input;
  const startStep = input.startStep ?? Number.MIN_SAFE_INTEGER;
  const endStep = input.endStep ?? Number.MAX_SAFE_INTEGER;
  const points: (Metric & { readonly runId: string })[] = [];
  for (const runId of runIds) {
    const run = yield* getRunRow(runId);
    const keyId = yield* findKeyId(run.experiment_id, metricKey);
    if (keyId === undefined) continue;
    const rows = yield* samplePoints({ runId: run.id, keyId, startStep, endStep }, maxResults);
    for (const row of rows) points.push({ ...metricFromRow(metricKey, row), runId });
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

/**
 * Points at even steps, each found by one look-up, so that the work does not grow with the history. Where steps say
 * little, as when most points share one, points at even places in the history: that reads it through.
 */
function* samplePoints(range: Range, maxResults: number): Work<readonly PointRow[]> {
  const [last] = yield* all(selectLast(range));
  if (last === undefined || maxResults === 1) return last === undefined ? [] : [last];
  const start = yield* all(selectFirst({ ...range, limit: maxResults + 1 }));
  if (start.length <= maxResults) return start;
  const firstStep = start[0]?.step ?? 0;
  const steps = Array.from(
    { length: maxResults - 1 },
    (_, index) => firstStep + Math.ceil(((last.step - firstStep) * index) / (maxResults - 1)),
  );
  const atSteps = yield* all(selectAtSteps(range, steps));
  const sampled = [...atSteps.filter((point) => !isSame(point, last)), last];
  return sampled.length > maxResults / 2 ? sampled : yield* all(selectAtPlaces({ ...range, maxResults }));
}

function isSame(a: PointRow, b: PointRow): boolean {
  return (
    a.step === b.step && a.timestamp_ms === b.timestamp_ms && a.value === b.value && a.is_nan === b.is_nan
  );
}

const POINT_COLUMNS = ["step", "timestamp_ms", "value", "is_nan"] as const;
const POINT = sql.raw("step, timestamp_ms, value, is_nan");
const POINT_DESC = sql.raw("step DESC, timestamp_ms DESC, value DESC, is_nan DESC");

function inRange(arg: Arg<Range>): RawBuilder<boolean> {
  return sql<boolean>`run_id = ${arg("runId")} AND key_id = ${arg("keyId")}
    AND step BETWEEN ${arg("startStep")} AND ${arg("endStep")}`;
}

const selectLast = statement<Range>()((db, arg) =>
  db.selectFrom("metrics").select(POINT_COLUMNS).where(inRange(arg)).orderBy(POINT_DESC).limit(1),
);

const selectFirst = statement<Range & { readonly limit: number }>()((db, arg) =>
  db.selectFrom("metrics").select(POINT_COLUMNS).where(inRange(arg)).orderBy(POINT).limit(arg("limit")),
);

/** The first point at or after each step. */
function selectAtSteps(
  { runId, keyId, endStep }: Range,
  steps: readonly number[],
): ReturnType<typeof query<PointRow>> {
  return query<PointRow>((db, dialect) => {
    const list = dialect.listOfIntegers(sql.val(JSON.stringify(steps)));
    const text = dialect.firstRowPerMember({
      members: list,
      member: "target_step",
      table: "metrics",
      columns: POINT,
      among: sql`run_id = ${runId} AND key_id = ${keyId}`,
      where: sql`step BETWEEN target_step AND ${endStep}`,
    }) as RawBuilder<PointRow>; // The columns are a point's.
    return { compile: () => text.compile(db) };
  });
}

/** Every n-th point: those at the places k · (count − 1) / (maxResults − 1), rounded down. */
const selectAtPlaces = statement<Range & { readonly maxResults: number }>()((db, arg) =>
  db
    .with("places", (places) =>
      places
        .selectFrom("metrics")
        .select(POINT_COLUMNS)
        .select([
          sql<number>`row_number() OVER (ORDER BY ${POINT}) - 1`.as("place"),
          sql<number>`count(*) OVER () - 1`.as("span"),
          sql<number>`cast(${arg("maxResults")} AS integer) - 1`.as("gaps"),
        ])
        .where(inRange(arg)),
    )
    .selectFrom("places")
    .select(POINT_COLUMNS)
    // The smallest k whose place is not before this one must have exactly this place.
    .where(sql<boolean>`((place * gaps + span - 1) / span) * span / gaps = place`)
    .orderBy(POINT),
);
