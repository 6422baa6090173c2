import type { Random } from "@flightdeck/core";
import { normalCdf, normalQuantile } from "../distributions/normal.ts";
import { assignParameters, type Assignment } from "../space/assignment.ts";
import type { Domain, Parameter } from "../space/domain.ts";
import { drawPrior, toParameterValue } from "../space/draw-prior.ts";
import { type DiscretePrior, isDiscrete, type NumberPrior } from "../space/prior.ts";

/**
 * One column of the Gaussian process's space. Numbers are mapped to [0, 1] by their prior's distribution function, so that equally
 * likely parts of the prior get equal room. A category is its index.
 */
export type Column = {
  readonly parameter: Parameter;
  readonly isCategory: boolean;
  /** Neither a category nor rounded, so it can be moved by any amount. */
  readonly isContinuous: boolean;
};

/** Position of an inactive number: in the middle. */
const INACTIVE_NUMBER = 0.5;
/** Position of an inactive category. Not an integer, so it equals other inactive ones and differs from all categories. */
const INACTIVE_CATEGORY = -0.5;

/** Converts assignments of a space to rows, with one column per parameter, and back. */
export class Encoding {
  readonly columns: readonly Column[];
  readonly #domain: Domain;
  readonly #indexOf: ReadonlyMap<string, number>;

  constructor(domain: Domain) {
    this.#domain = domain;
    this.columns = domain.parameters.map((parameter) => ({
      parameter,
      isCategory: isDiscrete(parameter.prior),
      isContinuous: !isDiscrete(parameter.prior) && parameter.prior.q === undefined,
    }));
    this.#indexOf = new Map(domain.parameters.map(({ label }, index) => [label, index]));
  }

  /** The row of an assignment. */
  encode(assignment: Assignment): Float64Array {
    return Float64Array.from(this.columns, ({ parameter, isCategory }) => {
      const value = assignment[parameter.label];
      if (isCategory) return value ?? INACTIVE_CATEGORY;
      return value === undefined ? INACTIVE_NUMBER : toUnit(parameter.prior as NumberPrior, value); // No category.
    });
  }

  /** The assignment of a row. Rounds numbers to the values that their parameters allow. */
  decode(row: Float64Array): Assignment {
    return this.assign((column, index) => valueAt(column, row[index] ?? 0));
  }

  /** Returns the row moved to values that its parameters allow. */
  snap(row: Float64Array): Float64Array {
    return this.encode(this.decode(row));
  }

  /** Calls `valueOf` for each active column, for a choice before the columns that depend on it. */
  assign(valueOf: (column: Column, index: number) => number): Assignment {
    return assignParameters(this.#domain, ({ label }) => {
      const index = this.#indexOf.get(label) as number; // Every parameter has its column.
      return valueOf(this.columns[index] as Column, index);
    });
  }

  /** Which columns are active in an assignment. */
  activeIn(assignment: Assignment): Uint8Array {
    return Uint8Array.from(this.columns, ({ parameter: { label } }) =>
      Object.hasOwn(assignment, label) ? 1 : 0,
    );
  }
}

/** Whether a category is inactive in its row. */
export function isInactive({ isCategory }: Column, place: number): boolean {
  return isCategory && place === INACTIVE_CATEGORY;
}

/** How many other values of a category are tried. */
const OTHERS_MAX = 16;

/** The neighboring values: other categories, or one step of a rounded number down and up. */
export function valuesBeside(
  { parameter: { prior }, isContinuous }: Column,
  place: number,
  random: Random,
): number[] {
  if (isContinuous) return [];
  if (isDiscrete(prior)) return otherCategories(prior, place, random);
  const value = fromUnit(prior, place);
  const q = prior.q ?? 0;
  const [low, high] = [fromUnit(prior, 0), fromUnit(prior, 1)];
  return [value - q, value + q].filter((other) => other >= low && other <= high);
}

function otherCategories(prior: DiscretePrior, place: number, random: Random): number[] {
  const low = prior.family === "randint" ? prior.low : 0;
  const count = prior.family === "randint" ? prior.high - prior.low : prior.probabilities.length;
  const others =
    count <= OTHERS_MAX
      ? Array.from({ length: count }, (_, k) => low + k)
      : Array.from({ length: OTHERS_MAX }, () => drawPrior(prior, random));
  const isPossible = (k: number): boolean => prior.family === "randint" || (prior.probabilities[k] ?? 0) > 0;
  return others.filter((k) => k !== place && isPossible(k));
}

/** A column's value at a place. */
export function valueAt({ parameter: { prior }, isCategory }: Column, place: number): number {
  return isCategory ? place : fromUnit(prior as NumberPrior, place); // No category.
}

/** A draw from a column's prior. */
export function drawValue({ parameter }: Column, random: Random): number {
  return drawPrior(parameter.prior, random);
}

/** Moves by a step on the unit scale, reflected at its ends. */
export function stepFrom({ parameter: { prior } }: Column, from: number, step: number): number {
  const moved = Math.abs(from + step) % 2;
  return fromUnit(prior as NumberPrior, moved > 1 ? 2 - moved : moved); // The caller asks for numbers only.
}

function toUnit(prior: NumberPrior, value: number): number {
  const fitted = prior.log ? Math.log(Math.max(value, smallestOf(prior))) : value;
  const place =
    prior.family === "uniform"
      ? (fitted - prior.low) / (prior.high - prior.low)
      : normalCdf((fitted - prior.mu) / prior.sigma);
  return Math.min(Math.max(place, 0), 1);
}

/** A rounded log parameter may be 0, which has no logarithm. It is treated as half a step. */
function smallestOf({ q }: NumberPrior): number {
  return q === undefined ? Number.MIN_VALUE : q / 2;
}

/** Normal priors are unbounded, so rows cut them off at about 6 standard deviations. */
const PLACE_MIN = 1e-9;

function fromUnit(prior: NumberPrior, place: number): number {
  if (prior.family === "uniform") {
    const inside = prior.low + (prior.high - prior.low) * place;
    return toParameterValue(prior, Math.min(inside, prior.high));
  }
  const quantile = normalQuantile(Math.min(Math.max(place, PLACE_MIN), 1 - PLACE_MIN));
  return toParameterValue(prior, prior.mu + prior.sigma * quantile);
}
