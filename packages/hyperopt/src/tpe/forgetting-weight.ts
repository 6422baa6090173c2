/** hyperopt's linear_forgetting: the newest 25 observations count in full. */
const FULL_WEIGHT_COUNT = 25;

/**
 * The weight of the `index`-th oldest of `count` observations. The newest 25 weigh 1; the weights of the older ones rise
 * evenly from 1 / count for the oldest to 1.
 */
export function forgettingWeight(index: number, count: number): number {
  const rampLength = count - FULL_WEIGHT_COUNT;
  if (index >= rampLength) return 1;
  const oldest = 1 / count;
  if (rampLength === 1) return oldest;
  return oldest + (index * (1 - oldest)) / (rampLength - 1);
}
