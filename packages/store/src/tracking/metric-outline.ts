import { type RawBuilder, sql } from "kysely";
import { query, statement } from "../database/statement.ts";
import { all, first, type Work } from "../database/work.ts";
import {
  BY_TIME,
  BY_TIME_DESC,
  byStep,
  countPoints,
  type History,
  inRange,
  isEven,
  lookUpSample,
  type PointRow,
  type Range,
  sampleRange,
  selectHighestStep,
  SORTED_POINTS_MAX,
  wholeOf,
} from "./metric-sampling.ts";

/*
 * M4 (Jugel et al., VLDB 2014) divides a history into parts and keeps the first, last, lowest and highest point of each. No
 * peak is lost, and a line through these points looks like a line through all points.
 *
 * Ways to find them among a million points in 500 parts, measured on SQLite 3.50 and PostgreSQL 18 with one core:
 *
 * | method                                                       | SQLite   | PostgreSQL |
 * |--------------------------------------------------------------|----------|------------|
 * | four lookups per part, by index ranges                       | 0.34 s   | 0.48 s     |
 * | GROUP BY part with min and max, then a join for the rest     | 1.6 s    | 1.4 s      |
 * | GROUP BY part with min and max of arrays that hold a point   | –        | 0.97 s     |
 * | an aggregate function in JavaScript                          | 0.52 s   | –          |
 * | reading all points and thinning them in JavaScript           | 1.0 s    | –          |
 *
 * Points are stored in time order, so parts are ranges of time: of equal duration when steps advance evenly with time, otherwise
 * with equal numbers of points.
 */

const POINTS_PER_PART = 4;

/** Returns the outline of a history, or of `range`: at most `maxResults` points ordered by step, including the latest. */
export function* outlineHistory(
  history: History,
  range: Range | undefined,
  maxResults: number,
): Work<readonly PointRow[]> {
  const wanted = range ?? wholeOf(history);
  // Leaves room for the latest point, which need not be the last in time.
  const partCount = Math.floor((maxResults - 1) / POINTS_PER_PART);
  if (partCount === 0 || (yield* countPoints(wanted, maxResults + 1)) <= maxResults) {
    return yield* sampleRange(wanted, maxResults);
  }
  const starts = yield* findStarts(wanted, range === undefined, partCount);
  const corners = new Map<string, PointRow>();
  const keep = (points: readonly PointRow[]): void => {
    for (const point of points) corners.set(keyOf(point), point);
  };
  for (const corner of CORNERS) keep(yield* all(selectCorner(wanted, starts, corner)));
  const latest = yield* first(selectHighestStep(history));
  if (latest !== undefined && latest.step >= wanted.startStep && latest.step <= wanted.endStep)
    keep([latest]);
  return [...corners.values()].toSorted(byStep);
}

function keyOf({ timestamp_ms, step, value, is_nan }: PointRow): string {
  return [timestamp_ms, step, value, is_nan].join(" ");
}

/** Returns the starts of the parts in time order, without duplicates. */
function* findStarts(range: Range, isWhole: boolean, partCount: number): Work<readonly Start[]> {
  // A single part starts at the first point, but a sample of one point would be the last.
  if (isWhole && partCount > 1 && (yield* countPoints(range, SORTED_POINTS_MAX + 1)) > SORTED_POINTS_MAX) {
    const sampled = yield* lookUpSample(range, partCount);
    if (isEven(sampled, partCount)) return distinctStarts(sampled);
  }
  const count = yield* countPoints(range, Number.MAX_SAFE_INTEGER);
  const places = Array.from({ length: partCount }, (_, part) => Math.floor((part * count) / partCount));
  return distinctStarts(yield* all(selectAtTimePlaces({ ...range, places: JSON.stringify(places) })));
}

type Start = Pick<PointRow, "timestamp_ms" | "step">;

function distinctStarts(points: readonly Start[]): readonly Start[] {
  const sorted = points.toSorted((a, b) => a.timestamp_ms - b.timestamp_ms || a.step - b.step);
  return sorted.filter(({ timestamp_ms, step }, index) => {
    const before = sorted[index - 1];
    return before?.timestamp_ms !== timestamp_ms || before.step !== step;
  });
}

type Corner = { readonly order: RawBuilder<unknown>; readonly among: RawBuilder<unknown> };

const ANY = sql`TRUE`;
/** NaN is neither the lowest nor the highest value. */
const NUMBER = sql`is_nan = 0`;

const CORNERS: readonly Corner[] = [
  { order: BY_TIME, among: ANY },
  { order: BY_TIME_DESC, among: ANY },
  { order: sql.raw("value, step, timestamp_ms"), among: NUMBER },
  { order: sql.raw("value DESC, step, timestamp_ms"), among: NUMBER },
];

/** Selects the first point of each part in a given order. */
function selectCorner(
  { runId, keyId, startStep, endStep }: Range,
  starts: readonly Start[],
  { order, among }: Corner,
): ReturnType<typeof query<PointRow>> {
  return query<PointRow>((db, dialect) => {
    const text = dialect.firstRowPerMember({
      members: partsFrom(starts),
      table: "metrics",
      columns: BY_TIME,
      order,
      among: sql`run_id = ${runId} AND key_id = ${keyId}`,
      where: sql`(timestamp_ms, step) >= (from_ms, from_step) AND (timestamp_ms, step) < (to_ms, to_step)
        AND step BETWEEN ${startStep} AND ${endStep} AND ${among}`,
    }) as RawBuilder<PointRow>; // `BY_TIME` lists the columns of a point.
    return { compile: () => text.compile(db) };
  });
}

/** A subquery with one row per part, each of which ends where the next one starts. */
function partsFrom(starts: readonly Start[]): RawBuilder<unknown> {
  const rows = starts.map((from, index) => {
    const to = starts[index + 1] ?? { timestamp_ms: Number.MAX_SAFE_INTEGER, step: 0 };
    // Literals, because PostgreSQL would treat parameters in VALUES as text. All are integers.
    return sql`(${sql.join([from.timestamp_ms, from.step, to.timestamp_ms, to.step].map((part) => sql.lit(part)))})`;
  });
  return sql`(SELECT column1 AS from_ms, column2 AS from_step, column3 AS to_ms, column4 AS to_step
    FROM (VALUES ${sql.join(rows)}) AS bounds) AS parts`;
}

const selectAtTimePlaces = statement<Range & { readonly places: string }>()((db, arg, dialect) =>
  db
    .selectFrom((points) =>
      points
        .selectFrom("metrics")
        .select(["timestamp_ms", "step"])
        .select(sql<number>`row_number() OVER (ORDER BY ${BY_TIME}) - 1`.as("place"))
        .where(inRange(arg))
        .as("placed"),
    )
    .select(["timestamp_ms", "step"])
    .where("place", "in", dialect.listOfIntegers(arg("places"))),
);
