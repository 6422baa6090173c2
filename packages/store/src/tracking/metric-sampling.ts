import { type RawBuilder, sql } from "kysely";
import { type Arg, query, statement } from "../database/statement.ts";
import { all, first, type Query, type Work } from "../database/work.ts";

export type PointRow = {
  readonly step: number;
  readonly timestamp_ms: number;
  readonly value: number;
  readonly is_nan: number;
};

export type History = { readonly runId: number; readonly keyId: number };

/** A range of steps of a history, both ends inclusive. */
export type Range = History & { readonly startStep: number; readonly endStep: number };

/** The range that covers the whole history. */
export function wholeOf(history: History): Range {
  return { ...history, startStep: Number.MIN_SAFE_INTEGER, endStep: Number.MAX_SAFE_INTEGER };
}

/** Sorting this many points by step takes about 15 ms. For longer histories, points are looked up instead. */
export const SORTED_POINTS_MAX = 20_000;

/** Thins a whole history evenly to `maxResults` points, including the first and the last. */
export function* sampleHistory(history: History, maxResults: number): Work<readonly PointRow[]> {
  const whole = wholeOf(history);
  if ((yield* countPoints(whole, SORTED_POINTS_MAX + 1)) > SORTED_POINTS_MAX) {
    const sampled = yield* lookUpSample(history, maxResults);
    if (isEven(sampled, maxResults)) return sampled;
  }
  return yield* sampleRange(whole, maxResults);
}

/** Takes points at regular positions in step order, as MLflow does. Reads the whole range. */
export function* sampleRange(range: Range, maxResults: number): Work<readonly PointRow[]> {
  const count = yield* countPoints(range, Number.MAX_SAFE_INTEGER);
  return yield* all(
    selectAtPlaces({ ...range, places: JSON.stringify(samplePlaces({ count, maxResults })) }),
  );
}

/** Takes points at regular times, ordered by step. One lookup per point, so the cost does not grow with the history. */
export function* lookUpSample(history: History, maxResults: number): Work<readonly PointRow[]> {
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

/** How many times the average gap the widest gap may be. Below this a chart of a few hundred points looks the same. */
const GAP_RATIO_MAX = 4;

/** Whether a sample by time is also even by step. It is not when the speed changed a lot or many points share one time. */
export function isEven(points: readonly PointRow[], maxResults: number): boolean {
  const steps = points.map(({ step }) => step);
  const gaps = steps.slice(1).map((step, index) => step - (steps[index] ?? step));
  const evenGap = ((steps.at(-1) ?? 0) - (steps[0] ?? 0)) / maxResults;
  return Math.max(0, ...gaps) <= evenGap * GAP_RATIO_MAX;
}

export function byStep(a: PointRow, b: PointRow): number {
  return (
    a.step - b.step ||
    a.timestamp_ms - b.timestamp_ms ||
    (a.value === b.value ? a.is_nan - b.is_nan : a.value < b.value ? -1 : 1)
  );
}

/** Counts up to `limit`. */
export function* countPoints(range: Range, limit: number): Work<number> {
  return (yield* first(selectCount({ ...range, limit })))?.count ?? 0;
}

const POINT_COLUMNS = ["step", "timestamp_ms", "value", "is_nan"] as const;

const BY_STEP = sql.raw("step, timestamp_ms, value, is_nan");

/** The order in which points are stored. */
export const BY_TIME: RawBuilder<unknown> = sql.raw("timestamp_ms, step, value, is_nan");

export const BY_TIME_DESC: RawBuilder<unknown> = sql.raw(
  "timestamp_ms DESC, step DESC, value DESC, is_nan DESC",
);

export function inRange(arg: Arg<Range>): RawBuilder<boolean> {
  return sql<boolean>`run_id = ${arg("runId")} AND key_id = ${arg("keyId")}
    AND step BETWEEN ${arg("startStep")} AND ${arg("endStep")}`;
}

/** The first point at or after each time. */
function selectAtTimes(
  { runId, keyId }: History,
  times: readonly number[],
): ReturnType<typeof query<PointRow>> {
  return query<PointRow>((db, dialect) => {
    const list = dialect.listOfIntegers(sql.val(JSON.stringify(times)));
    const text = dialect.firstRowPerMember({
      members: sql`(SELECT value AS target_time FROM ${list} AS list) AS targets`,
      table: "metrics",
      columns: BY_TIME,
      among: sql`run_id = ${runId} AND key_id = ${keyId}`,
      where: sql`timestamp_ms >= target_time`,
    }) as RawBuilder<PointRow>; // `BY_TIME` lists the columns of a point.
    return { compile: () => text.compile(db) };
  });
}

type Sample = { readonly count: number; readonly maxResults: number };

/**
 * Zero-based positions of the points to take from `count` points. Like MLflow, divides them into `maxResults` groups whose sizes
 * differ by at most one, larger groups first, and takes the first point of each; but the last point overall instead of the
 * first point of the last group.
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

/** Selects the latest point of the history. */
export const selectHighestStep: (history: History) => Query<PointRow> = statement<History>()((db, arg) =>
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
