import { AppError } from "@flightdeck/core";
import { LIMITS, type Metric } from "@flightdeck/protocol";
import { type RawBuilder, sql } from "kysely";
import { type Arg, query, statement } from "../database/statement.ts";
import { all, first, type Work } from "../database/work.ts";
import { findKeyId } from "./keys.ts";
import { metricFromRow } from "./metrics.ts";
import { findRunRow } from "./run-rows.ts";
import type { MetricIntervalInput } from "./tracking-store.ts";

type PointRow = {
  readonly step: number;
  readonly timestamp_ms: number;
  readonly value: number;
  readonly is_nan: number;
};

type History = { readonly runId: number; readonly keyId: number };

type Range = History & { readonly startStep: number; readonly endStep: number };

/** For each run its points, thinned evenly to `maxResults`, first and last kept. A run that is not there has none. */
export function* getMetricHistoryBulkInterval(
  input: MetricIntervalInput,
): Work<readonly (Metric & { readonly runId: string })[]> {
  const { runIds, metricKey, maxResults = LIMITS.bulkIntervalResultsMax, startStep, endStep } = input;
  const points: (Metric & { readonly runId: string })[] = [];
  for (const runId of runIds) {
    const run = yield* findRunRow(runId);
    if (run === undefined) continue;
    const keyId = yield* findKeyId(run.experiment_id, metricKey);
    if (keyId === undefined) continue;
    const history = { runId: run.id, keyId };
    const rows =
      startStep === undefined || endStep === undefined
        ? yield* sampleHistory(history, maxResults)
        : yield* sampleRange({ ...history, startStep, endStep }, maxResults);
    for (const row of rows) points.push({ ...metricFromRow(metricKey, row), runId });
  }
  return points;
}

/** In MLflow's words. */
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

/** Sorting so many by step takes some 15 ms; beyond, points are looked up. */
const SORTED_POINTS_MAX = 20_000;

function* sampleHistory(history: History, maxResults: number): Work<readonly PointRow[]> {
  const whole = { ...history, startStep: Number.MIN_SAFE_INTEGER, endStep: Number.MAX_SAFE_INTEGER };
  if ((yield* countPoints(whole, SORTED_POINTS_MAX + 1)) > SORTED_POINTS_MAX) {
    const sampled = yield* lookUpSample(history, maxResults);
    if (isEven(sampled, maxResults)) return sampled;
  }
  return yield* sampleRange(whole, maxResults);
}

/** At even places in the order of steps, as MLflow takes them. Reads the history through. */
function* sampleRange(range: Range, maxResults: number): Work<readonly PointRow[]> {
  const count = yield* countPoints(range, Number.MAX_SAFE_INTEGER);
  return yield* all(
    selectAtPlaces({ ...range, places: JSON.stringify(samplePlaces({ count, maxResults })) }),
  );
}

/** At even times, each found by one look-up, so that the work does not grow with the history. By step. */
function* lookUpSample(history: History, maxResults: number): Work<readonly PointRow[]> {
  const earliest = yield* first(selectEarliest(history));
  const latest = yield* first(selectLatest(history));
  const end = yield* first(selectHighestStep(history));
  if (earliest === undefined || latest === undefined || end === undefined) return [];
  const span = latest.timestamp_ms - earliest.timestamp_ms;
  const times = Array.from(
    { length: maxResults - 1 },
    (_, index) => earliest.timestamp_ms + Math.ceil((span * index) / (maxResults - 1)),
  );
  const points = yield* all(selectAtTimes(history, times));
  return [...points.filter((point) => byStep(point, end) !== 0).toSorted(byStep), end];
}

/** How much wider than the even gap the widest may be: where it is not told apart on a chart of a few hundred points. */
const GAP_RATIO_MAX = 4;

/** Whether a sample by time is also one by step: not so when the speed has changed much, or many share one time. */
function isEven(points: readonly PointRow[], maxResults: number): boolean {
  const steps = points.map(({ step }) => step);
  const gaps = steps.slice(1).map((step, index) => step - (steps[index] ?? step));
  const evenGap = ((steps.at(-1) ?? 0) - (steps[0] ?? 0)) / maxResults;
  return Math.max(0, ...gaps) <= evenGap * GAP_RATIO_MAX;
}

function byStep(a: PointRow, b: PointRow): number {
  return (
    a.step - b.step ||
    a.timestamp_ms - b.timestamp_ms ||
    (a.value === b.value ? a.is_nan - b.is_nan : a.value < b.value ? -1 : 1)
  );
}

function* countPoints(range: Range, limit: number): Work<number> {
  return (yield* first(selectCount({ ...range, limit })))?.count ?? 0;
}

const POINT_COLUMNS = ["step", "timestamp_ms", "value", "is_nan"] as const;

const BY_STEP = sql.raw("step, timestamp_ms, value, is_nan");

/** The order in which points lie. */
const BY_TIME = sql.raw("timestamp_ms, step, value, is_nan");

const BY_TIME_DESC = sql.raw("timestamp_ms DESC, step DESC, value DESC, is_nan DESC");

function inRange(arg: Arg<Range>): RawBuilder<boolean> {
  return sql<boolean>`run_id = ${arg("runId")} AND key_id = ${arg("keyId")}
    AND step BETWEEN ${arg("startStep")} AND ${arg("endStep")}`;
}

/** The first point at or after each time. */
function selectAtTimes(
  { runId, keyId }: History,
  times: readonly number[],
): ReturnType<typeof query<PointRow>> {
  return query<PointRow>((db, dialect) => {
    const text = dialect.firstRowPerMember({
      members: dialect.listOfIntegers(sql.val(JSON.stringify(times))),
      member: "target_time",
      table: "metrics",
      columns: BY_TIME,
      among: sql`run_id = ${runId} AND key_id = ${keyId}`,
      where: sql`timestamp_ms >= target_time`,
    }) as RawBuilder<PointRow>; // The columns are a point's.
    return { compile: () => text.compile(db) };
  });
}

type Sample = { readonly count: number; readonly maxResults: number };

/**
 * Which of `count` points to take, counted from 0. As MLflow takes them: the first of each of `maxResults` groups whose
 * sizes differ by one at most, the larger ones first; but the last point of all in place of the last group's first.
 */
export function samplePlaces({ count, maxResults }: Sample): readonly number[] {
  if (count <= maxResults) return Array.from({ length: count }, (_, place) => place);
  const size = Math.floor(count / maxResults);
  const larger = count % maxResults;
  const starts = Array.from({ length: maxResults }, (_, group) => group * size + Math.min(group, larger));
  return [...starts.slice(0, -1), count - 1];
}

const selectCount = statement<Range & { readonly limit: number }>()((db, arg) =>
  db
    .selectFrom((points) =>
      points.selectFrom("metrics").select("step").where(inRange(arg)).limit(arg("limit")).as("counted"),
    )
    .select(sql<number>`count(*)`.as("count")),
);

const selectEarliest = statement<History>()((db, arg) =>
  db
    .selectFrom("metrics")
    .select("timestamp_ms")
    .where("run_id", "=", arg("runId"))
    .where("key_id", "=", arg("keyId"))
    .orderBy(BY_TIME)
    .limit(1),
);

const selectLatest = statement<History>()((db, arg) =>
  db
    .selectFrom("metrics")
    .select("timestamp_ms")
    .where("run_id", "=", arg("runId"))
    .where("key_id", "=", arg("keyId"))
    .orderBy(BY_TIME_DESC)
    .limit(1),
);

const selectHighestStep = statement<History>()((db, arg) =>
  db
    .selectFrom("latest_metrics")
    .select(POINT_COLUMNS)
    .where("run_id", "=", arg("runId"))
    .where("key_id", "=", arg("keyId")),
);

const selectAtPlaces = statement<Range & { readonly places: string }>()((db, arg, dialect) =>
  db
    .selectFrom((points) =>
      points
        .selectFrom("metrics")
        .select(POINT_COLUMNS)
        .select(sql<number>`row_number() OVER (ORDER BY ${BY_STEP}) - 1`.as("place"))
        .where(inRange(arg))
        .as("placed"),
    )
    .select(POINT_COLUMNS)
    .where("place", "in", dialect.listOfIntegers(arg("places")))
    .orderBy(BY_STEP),
);
