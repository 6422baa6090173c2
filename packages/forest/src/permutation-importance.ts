import { AppError, Random } from "@flightdeck/core";
import { Frame } from "@flightdeck/frame";

/** A fitted model with a score on a frame; higher is better. */
export type ScoringModel = {
  readonly featureNames: readonly string[];
  score(frame: Frame): Promise<number>;
};

/** How much the score drops when a feature is shuffled, in units of the score; in the order of `featureNames`. */
export type PermutationImportance = {
  /** The mean drop of each feature over the repeats. */
  readonly mean: Float64Array;
  /** The standard deviation of each feature over the repeats. */
  readonly std: Float64Array;
  /** All drops of each feature. */
  readonly drops: readonly Float64Array[];
};

/**
 * Measures how much a model's score on a frame drops when the values of one feature are shuffled (Breiman 2001), like
 * scikit-learn's `permutation_importance`. Use rows not seen in training. Unlike `featureImportances`, this does not
 * favour features with many values.
 */
export async function permutationImportance(
  model: ScoringModel,
  frame: Frame,
  { nRepeats = 5, seed = 0 }: { readonly nRepeats?: number; readonly seed?: number } = {},
): Promise<PermutationImportance> {
  if (!Number.isInteger(nRepeats) || nRepeats < 1) {
    const message = `nRepeats must be a whole number of at least 1, got ${nRepeats}`;
    throw new AppError("INVALID_PARAMETER_VALUE", message);
  }
  const random = new Random(seed);
  const whole = await model.score(frame);
  const drops: Float64Array[] = [];
  for (const name of model.featureNames) {
    const dropsOfFeature = new Float64Array(nRepeats);
    for (let i = 0; i < nRepeats; i++) {
      dropsOfFeature[i] = whole - (await model.score(withShuffled(frame, name, random)));
    }
    drops.push(dropsOfFeature);
  }
  return {
    mean: Float64Array.from(drops, (values) => meanOf(values)),
    std: Float64Array.from(drops, (values) => {
      const mean = meanOf(values);
      return Math.sqrt(meanOf(values.map((value) => (value - mean) ** 2)));
    }),
    drops,
  };
}

/** Fisher and Yates' shuffle of one column. */
function withShuffled(frame: Frame, name: string, random: Random): Frame {
  const rows = Uint32Array.from({ length: frame.numRows }, (_, row) => row);
  for (let i = rows.length - 1; i > 0; i--) {
    const other = random.nextInt(i + 1);
    [rows[i], rows[other]] = [rows[other] ?? 0, rows[i] ?? 0];
  }
  const shuffled = frame.select([name]).take(rows).column(name);
  return Frame.fromColumns(
    frame.columnNames.map((column) => (column === name ? shuffled : frame.column(column))),
  );
}

function meanOf(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
