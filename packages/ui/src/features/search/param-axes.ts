import { compareNatural } from "../../lib/names.ts";
import { metricDirection } from "../runs/column-summary.ts";
import type { Trial } from "./trials.ts";

/*
 * PED-ANOVA (Watanabe, Bansal, Hutter: "PED-ANOVA: Efficiently Quantifying Hyperparameter Importance in Arbitrary
 * Subspaces", IJCAI 2023). A parameter's importance is how much its distribution among the best trials differs from
 * that among all: the Pearson divergence of the two densities, ∫ p_all (p_best / p_all − 1)². It needs no model of the
 * objective, runs in time linear in the number of trials, and accounts for the search's own preference for good
 * regions.
 */

/** The share of best trials, as in the paper's experiments. */
const BEST_SHARE = 0.1;
/** Fewer say nothing about a density. */
const BEST_TRIALS_MIN = 3;
/** With fewer finished trials, the page shows a note instead. */
export const IMPORTANCE_TRIALS_MIN = 10;
/** Number of points at which densities are compared. */
const GRID = 50;

export type Importance = {
  readonly key: string;
  /** Share of what the parameters explain individually, 0 to 1. */
  readonly share: number;
};

/** The parameters' importances, highest first. Empty if too few trials have finished. */
export function importances(
  trials: readonly Trial[],
  axes: readonly ParamAxis[],
  metric: string,
): readonly Importance[] {
  const finished = trials.filter(({ value, state }) => value !== undefined && state === "done");
  if (finished.length < IMPORTANCE_TRIALS_MIN) return [];
  const sign = metricDirection(metric) === "min" ? 1 : -1;
  const sorted = finished.toSorted((a, b) => sign * ((a.value ?? 0) - (b.value ?? 0)));
  const best = sorted.slice(0, Math.max(BEST_TRIALS_MIN, Math.ceil(sorted.length * BEST_SHARE)));
  const divergences = axes.map((axis) => ({ key: axis.key, divergence: divergenceOf(axis, best, finished) }));
  const total = divergences.reduce((sum, { divergence }) => sum + divergence, 0);
  return divergences
    .map(({ key, divergence }) => ({ key, share: total === 0 ? 0 : divergence / total }))
    .toSorted((a, b) => b.share - a.share);
}

function divergenceOf(axis: ParamAxis, best: readonly Trial[], all: readonly Trial[]): number {
  const ofBest = densityOf(axis, best);
  const ofAll = densityOf(axis, all);
  return ofAll.reduce((sum, density, index) => {
    const ratio = density === 0 ? 1 : (ofBest[index] ?? 0) / density;
    return sum + density * (ratio - 1) ** 2;
  }, 0);
}

/** The distribution of the trials' values over the axis; sums to 1. */
function densityOf(axis: ParamAxis, trials: readonly Trial[]): readonly number[] {
  const places = trials.map((trial) => positionOf(axis, trial)).filter((place) => place !== undefined);
  if (axis.kind === "category") return categoryDensity(places, axis.categories.length);
  // Scott's rule on an axis of length 1; never narrower than the grid.
  const mean = places.reduce((sum, place) => sum + place, 0) / Math.max(1, places.length);
  const variance = places.reduce((sum, place) => sum + (place - mean) ** 2, 0) / Math.max(1, places.length);
  const width = Math.max(1 / GRID, 1.06 * Math.sqrt(variance) * places.length ** -0.2);
  const heights = Array.from({ length: GRID }, (_, index) => {
    const at = index / (GRID - 1);
    return (
      places.reduce((sum, place) => sum + Math.exp(-0.5 * ((at - place) / width) ** 2), 0) + Number.EPSILON
    );
  });
  return normalized(heights);
}

/** Adds one trial spread over all categories, so that unseen ones are not impossible. */
function categoryDensity(places: readonly number[], count: number): readonly number[] {
  const heights = Array.from({ length: count }, () => 1 / count);
  for (const place of places) {
    const index = Math.round(place * Math.max(1, count - 1));
    heights[index] = (heights[index] ?? 0) + 1;
  }
  return normalized(heights);
}

function normalized(heights: readonly number[]): readonly number[] {
  const total = heights.reduce((sum, height) => sum + height, 0);
  return heights.map((height) => height / total);
}

/** A parameter of the trials as an axis from 0 to 1. */
export type ParamAxis = NumberAxis | CategoryAxis;

type NumberAxis = {
  readonly kind: "number";
  readonly key: string;
  readonly low: number;
  readonly high: number;
  /** Whether equal ratios have equal distances. */
  readonly isLogarithmic: boolean;
};

type CategoryAxis = {
  readonly kind: "category";
  readonly key: string;
  readonly categories: readonly string[];
};

/** From this ratio on, the values span orders of magnitude, as for a learning rate. */
const LOG_RATIO_MIN = 100;
/** With more distinct texts, they are labels of individual trials, not choices. */
const CATEGORIES_MAX = 20;

/** Parameters that differ between the trials and can be drawn, in natural order. */
export function paramAxes(trials: readonly Trial[]): readonly ParamAxis[] {
  const values = new Map<string, Set<string>>();
  for (const { row } of trials) {
    for (const [key, value] of row.params) {
      const known = values.get(key);
      if (known === undefined) values.set(key, new Set([value]));
      else known.add(value);
    }
  }
  return [...values]
    .filter(([, texts]) => texts.size > 1)
    .toSorted(([a], [b]) => compareNatural(a, b))
    .flatMap(([key, texts]) => axisOf(key, [...texts]) ?? []);
}

function axisOf(key: string, texts: readonly string[]): ParamAxis | undefined {
  const numbers = texts.map((text) => (text.trim() === "" ? Number.NaN : Number(text)));
  if (numbers.every(Number.isFinite)) {
    const low = Math.min(...numbers);
    const high = Math.max(...numbers);
    return { kind: "number", key, low, high, isLogarithmic: low > 0 && high / low >= LOG_RATIO_MIN };
  }
  if (texts.length > CATEGORIES_MAX) return undefined;
  return { kind: "category", key, categories: texts.toSorted(compareNatural) };
}

/** A trial's position on the axis, 0 to 1; undefined if it lacks the parameter. */
export function positionOf(axis: ParamAxis, trial: Trial): number | undefined {
  const text = trial.row.params.get(axis.key);
  if (text === undefined) return undefined;
  if (axis.kind === "category") {
    const index = axis.categories.indexOf(text);
    return index < 0 ? undefined : index / Math.max(1, axis.categories.length - 1);
  }
  return placeBetween(Number(text), axis);
}

type Extent = Pick<NumberAxis, "low" | "high" | "isLogarithmic">;

/** The position of a value between two others, 0 to 1; the middle if they are equal. */
export function placeBetween(value: number, { low, high, isLogarithmic }: Extent): number {
  if (low === high) return 0.5;
  return isLogarithmic
    ? (Math.log(value) - Math.log(low)) / (Math.log(high) - Math.log(low))
    : (value - low) / (high - low);
}

/** The value at a position: the inverse of `placeBetween`. */
export function valueAt(place: number, { low, high, isLogarithmic }: Extent): number {
  return isLogarithmic ? low * (high / low) ** place : low + (high - low) * place;
}
