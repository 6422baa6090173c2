import { AppError } from "@flightdeck/core";
import { type Column, Frame } from "@flightdeck/frame";
import { chartOf, COLORS, type Point, rectAt, shortNumber, shortText, svgOf, textAt } from "./svg.ts";

/** The feature names and importances of an estimator, or of `permutationImportance`. */
export type Importances = {
  readonly featureNames: readonly string[];
  readonly featureImportances: ArrayLike<number>;
};

const BARS_MAX = 20;
const BAR_HEIGHT = 20;
const NAME_WIDTH = 150;
const BAR_WIDTH = 260;

/**
 * Draws the twenty most important features as a bar chart, a self-contained SVG.
 *
 * @example
 * ```ts
 * await writeFile("importances.svg", drawImportances(model)); // a fitted estimator
 * ```
 */
export function drawImportances({ featureNames, featureImportances }: Importances): string {
  const bars = featureNames
    .map((name, i) => ({ name, share: featureImportances[i] ?? 0 }))
    .sort((a, b) => b.share - a.share)
    .slice(0, BARS_MAX);
  const longest = Math.max(...bars.map(({ share }) => share), Number.MIN_VALUE);
  const parts = bars.flatMap(({ name, share }, i) => {
    const y = 34 + i * BAR_HEIGHT;
    const width = (Math.max(0, share) / longest) * BAR_WIDTH;
    return [
      textAt([NAME_WIDTH - 6, y + 14], shortText(name, LETTERS_MAX), { anchor: "end" }),
      rectAt([NAME_WIDTH, y + 3], [width, BAR_HEIGHT - 6], COLORS.main),
      textAt([NAME_WIDTH + width + 6, y + 14], shortNumber(share)),
    ];
  });
  const size = { width: NAME_WIDTH + BAR_WIDTH + 70, height: 44 + bars.length * BAR_HEIGHT };
  return svgOf({ ...size, title: "Importance of features" }, parts);
}

const LETTERS_MAX = 22;

/** How predictions depend on one feature: its values, ascending, and the mean prediction at each. */
export type PartialDependence = {
  readonly feature: string;
  readonly values: readonly number[];
  readonly means: readonly number[];
};

/** Resolution and number of rows. */
export type PartialDependenceOptions = {
  /** The number of feature values to try, 2..200: quantiles of the values in the frame. Default 20. */
  readonly points?: number | undefined;
  /** The number of rows to average over, evenly spaced in the frame. Default 500. */
  readonly rowsMax?: number | undefined;
};

/**
 * Computes the mean prediction over the rows of a frame with one feature set to each of several values (Friedman 2001),
 * like scikit-learn's `partial_dependence` with kind "average". `predict` returns one number per row, such as the
 * probability of a class. Throws INVALID_PARAMETER_VALUE if the feature is not numeric.
 *
 * @example
 * ```ts
 * const ofSecond = async (rows: Frame) => (await model.predictProba(rows)).filter((_, i) => i % 2 === 1);
 * drawPartialDependence(await partialDependence(ofSecond, test, "Distance"));
 * ```
 */
export async function partialDependence(
  predict: (frame: Frame) => Promise<ArrayLike<number>>,
  frame: Frame,
  feature: string,
  { points = 20, rowsMax = 500 }: PartialDependenceOptions = {},
): Promise<PartialDependence> {
  if (!Number.isInteger(points) || points < 2 || points > 200)
    throw new AppError("INVALID_PARAMETER_VALUE", `points must be 2..200, got ${points}`);
  const values = quantilesOf(frame.column(feature), points);
  const step = Math.max(1, frame.numRows / rowsMax);
  const count = Math.min(frame.numRows, rowsMax);
  const rows = frame.take(Uint32Array.from({ length: count }, (_, i) => Math.floor(i * step)));
  const means: number[] = [];
  for (const value of values) {
    const column: Column = {
      name: feature,
      dtype: "float64",
      values: new Float64Array(count).fill(value),
      nulls: undefined,
    };
    const columns = rows.columnNames.map((name) => (name === feature ? column : rows.column(name)));
    const predictions = await predict(Frame.fromColumns(columns));
    means.push(Array.from(predictions).reduce((sum, prediction) => sum + prediction, 0) / count);
  }
  return { feature, values, means };
}

/** The distinct quantiles of the column. */
function quantilesOf(column: Column, count: number): number[] {
  if (column.dtype === "string" || column.dtype === "category")
    throw new AppError("INVALID_PARAMETER_VALUE", `column "${column.name}" must contain numbers, got text`);
  const sorted = Float64Array.from(column.values, (value, row) =>
    column.nulls?.[row] === 1 ? Number.NaN : value,
  )
    .filter((value) => Number.isFinite(value))
    .sort();
  if (sorted.length === 0)
    throw new AppError("INVALID_PARAMETER_VALUE", `column "${column.name}" must contain at least one number`);
  const at = (i: number): number => sorted[Math.round((i / (count - 1)) * (sorted.length - 1))] ?? 0;
  return [...new Set(Array.from({ length: count }, (_, i) => at(i)))];
}

/** Draws a partial dependence as a curve, a self-contained SVG. */
export function drawPartialDependence({ feature, values, means }: PartialDependence): string {
  const points = values.map((value, i): Point => [value, means[i] ?? 0]);
  return chartOf({
    title: `Mean prediction by ${shortText(feature, LETTERS_MAX)}`,
    xLabel: shortText(feature, LETTERS_MAX),
    yLabel: "mean prediction",
    xRange: [Math.min(...values), Math.max(...values)],
    yRange: [Math.min(...means), Math.max(...means)],
    curves: [{ points }],
    hasDots: true,
  });
}
