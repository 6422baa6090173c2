import type { Random } from "@flightdeck/core";
import type { Acquisition } from "./acquisition.ts";
import { drawValue, type Encoding, isInactive, stepFrom, valueAt, valuesBeside } from "./encoding.ts";
import { minimize } from "./minimize.ts";

export type SearchOptions = {
  readonly encoding: Encoding;
  readonly random: Random;
  /** The best rows so far, best first. */
  readonly incumbents: readonly Float64Array[];
  /** Whether a row was evaluated before or is being evaluated. */
  readonly isKnown: (row: Float64Array) => boolean;
};

/** Rows that are scored before the best of them are improved: draws from the prior, and steps from incumbents. */
const PRIOR_COUNT = 200;
const NEAR_COUNT = 200;
const IMPROVED_COUNT = 5;
const ITERATION_MAX = 25;

/** The standard deviations of steps from an incumbent, on the unit scale. */
const STEPS: readonly number[] = [0.2, 0.05, 0.01, 0.002];

/**
 * Finds a new row with a large acquisition. Starts from draws from the prior and steps from the best rows, then improves the best
 * of these along all continuous columns and, one value at a time, along the others. Returns undefined when every row it looked at
 * is known.
 */
export function bestRow(acquisition: Acquisition, options: SearchOptions): Float64Array | undefined {
  const scored = candidateRows(options)
    .filter((row) => !options.isKnown(row))
    .map((row) => ({ row, score: acquisition.at(row) }))
    .sort((a, b) => b.score - a.score);
  const improved = scored.slice(0, IMPROVED_COUNT).flatMap((start) => {
    const climbed = climb(acquisition, start, options);
    return climbed === undefined ? [start] : [climbed, start];
  });
  let best: Scored | undefined;
  for (const candidate of improved) if (best === undefined || candidate.score > best.score) best = candidate;
  return best?.row;
}

type Scored = { readonly row: Float64Array; readonly score: number };

function candidateRows({ encoding, random, incumbents }: SearchOptions): Float64Array[] {
  const rows: Float64Array[] = [];
  for (let i = 0; i < PRIOR_COUNT; i++) {
    rows.push(encoding.encode(encoding.assign((column) => drawValue(column, random))));
  }
  for (let i = 0; i < NEAR_COUNT && incumbents.length > 0; i++) {
    const from = incumbents[i % incumbents.length] as Float64Array; // Within the list.
    rows.push(rowNear(from, encoding, random));
  }
  return rows;
}

/** A row that differs from another in some columns, on average in at least one. */
function rowNear(from: Float64Array, encoding: Encoding, random: Random): Float64Array {
  const step = STEPS[random.nextInt(STEPS.length)] as number; // Below the length.
  const share = Math.max(1 / encoding.columns.length, random.nextFloat());
  const assignment = encoding.assign((column, index) => {
    const place = from[index] as number; // A row has every column.
    const moves = random.nextFloat() < share;
    if (isInactive(column, place) || (moves && column.isCategory)) return drawValue(column, random);
    if (column.isCategory) return place;
    return stepFrom(column, place, moves ? step * random.nextNormal() : 0);
  });
  return encoding.encode(assignment);
}

/** Improves a row along all continuous columns at once, then along each of the others. */
function climb(acquisition: Acquisition, start: Scored, options: SearchOptions): Scored | undefined {
  const moved = climbContinuous(acquisition, start, options.encoding);
  const best = climbDiscrete(acquisition, moved, options);
  return options.isKnown(best.row) ? undefined : best;
}

function climbContinuous(acquisition: Acquisition, start: Scored, encoding: Encoding): Scored {
  const { columns } = encoding;
  const active = encoding.activeIn(encoding.decode(start.row));
  const isFree = columns.map(({ isCategory }, c) => !isCategory && active[c] === 1);
  if (!isFree.includes(true)) return start;
  const point = start.row.slice();
  const low = point.map((place, c) => (isFree[c] ? 0 : place));
  const high = point.map((place, c) => (isFree[c] ? 1 : place));
  const descend = (row: Float64Array, gradient: Float64Array): number => {
    const value = acquisition.withSlopes(row, gradient);
    for (let c = 0; c < gradient.length; c++) gradient[c] = isFree[c] ? -(gradient[c] as number) : 0;
    return -value;
  };
  minimize(descend, point, { low, high, iterationMax: ITERATION_MAX });
  const row = encoding.snap(point);
  return better({ row, score: acquisition.at(row) }, start);
}

function climbDiscrete(acquisition: Acquisition, start: Scored, options: SearchOptions): Scored {
  let best = start;
  for (let round = 0; round < 3; round++) {
    const before = best;
    for (const row of neighbours(best.row, options)) {
      const score = acquisition.at(row);
      if (score > best.score && !options.isKnown(row)) best = { row, score };
    }
    if (best === before) break;
  }
  return best;
}

/** Rows that differ in one category or by one step of a rounded number. */
function neighbours(row: Float64Array, { encoding, random }: SearchOptions): Float64Array[] {
  const active = encoding.activeIn(encoding.decode(row));
  return encoding.columns.flatMap((column, c) => {
    if (active[c] !== 1) return [];
    const values = valuesBeside(column, row[c] as number, random); // A row has every column.
    return values.map((value) => withValue(row, { index: c, value }, { encoding, random }));
  });
}

type Change = { readonly index: number; readonly value: number };

/** Changes one column of a row and draws values for the columns that this activates. */
function withValue(
  row: Float64Array,
  { index, value }: Change,
  { encoding, random }: Pick<SearchOptions, "encoding" | "random">,
): Float64Array {
  const assignment = encoding.assign((column, c) => {
    const place = row[c] as number; // A row has every column.
    if (c === index) return value;
    return isInactive(column, place) ? drawValue(column, random) : valueAt(column, place);
  });
  return encoding.encode(assignment);
}

function better(a: Scored, b: Scored): Scored {
  return a.score > b.score ? a : b;
}
