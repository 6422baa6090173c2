/** Observed values of one parameter, ascending. Earlier ones come first among equals. */
export type Observations = {
  readonly values: Float64Array;
  /** The forgetting weight of each value. */
  readonly weights: Float64Array;
};

/** hyperopt's linear_forgetting: the newest 25 observations have full weight. */
export const FULL_WEIGHT_COUNT = 25;

/**
 * The weight of the `index`-th oldest of `count` observations. The newest 25 have weight 1; the weights of the older ones rise
 * linearly from 1 / count for the oldest to 1.
 */
export function forgettingWeight(index: number, count: number): number {
  const rampLength = count - FULL_WEIGHT_COUNT;
  if (index >= rampLength) return 1;
  const { base, slope } = forgettingRamp(count);
  return base + index * slope;
}

/** The weight of the oldest of `count` observations, and the increase per observation on the ramp. */
export function forgettingRamp(count: number): { readonly base: number; readonly slope: number } {
  const rampLength = count - FULL_WEIGHT_COUNT;
  const base = 1 / count;
  return { base, slope: rampLength > 1 ? (1 - base) / (rampLength - 1) : 0 };
}
