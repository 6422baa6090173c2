/** The fraction of equal entries. */
export function accuracyOf(truth: ArrayLike<unknown>, predictions: ArrayLike<unknown>): number {
  let right = 0;
  for (let i = 0; i < truth.length; i++) if (truth[i] === predictions[i]) right++;
  return right / truth.length;
}

/** The coefficient of determination, 1 − residual / total sum of squares, like scikit-learn's `r2_score`. */
export function r2Of(truth: ArrayLike<number>, predictions: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < truth.length; i++) sum += truth[i] ?? 0;
  const mean = sum / truth.length;
  let residual = 0;
  let total = 0;
  for (let i = 0; i < truth.length; i++) {
    residual += ((truth[i] ?? 0) - (predictions[i] ?? 0)) ** 2;
    total += ((truth[i] ?? 0) - mean) ** 2;
  }
  if (total === 0) return residual === 0 ? 1 : 0;
  return 1 - residual / total;
}

/** The index of the greatest of `size` values starting at `at`; of ties, the first. */
export function mostProbable(values: ArrayLike<number>, at: number, size: number): number {
  let best = 0;
  for (let k = 1; k < size; k++) if ((values[at + k] ?? 0) > (values[at + best] ?? 0)) best = k;
  return best;
}
