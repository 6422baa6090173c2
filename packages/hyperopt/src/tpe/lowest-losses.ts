/** hyperopt caps the good trials at the number that linear forgetting leaves at full weight. */
export const BELOW_COUNT_MAX = 25;

/** How many of `count` trials TPE calls good: gamma·√count, rounded up, at most 25. */
export function belowCount(count: number, gamma: number): number {
  return Math.min(Math.ceil(gamma * Math.sqrt(count)), BELOW_COUNT_MAX);
}

/**
 * The indices of the `count` lowest losses, lowest first, earlier ones first among equals. NaN and undefined count as
 * +∞. Takes O(losses · count) time, for a count of at most a few dozen.
 */
export function lowestLosses(losses: ArrayLike<number | undefined>, count: number): number[] {
  const indices: number[] = [];
  const kept: number[] = [];
  for (let index = 0; index < losses.length; index++) {
    const loss = comparable(losses[index]);
    let position = kept.length;
    while (position > 0 && (kept[position - 1] ?? 0) > loss) position--;
    if (position >= count) continue;
    kept.splice(position, 0, loss);
    indices.splice(position, 0, index);
    if (kept.length > count) {
      kept.pop();
      indices.pop();
    }
  }
  return indices;
}

function comparable(loss: number | undefined): number {
  return loss === undefined || Number.isNaN(loss) ? Number.POSITIVE_INFINITY : loss;
}
