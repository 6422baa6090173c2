/** The powers to try. 1 leaves the values unchanged. */
const POWERS: readonly number[] = [-1.5, -1, -0.75, -0.5, -0.25, 0, 0.25, 0.5, 0.75, 1];

/**
 * Transforms losses to look normal with mean 0 and variance 1, with the Yeo-Johnson transformation of highest likelihood (Yeo and
 * Johnson 2000), as HEBO does (Cowen-Rivers et al. 2022). Otherwise a loss that grows by orders of magnitude would hide all detail
 * near its minimum from a Gaussian process with stationary noise. Missing losses become the worst one.
 */
export function warped(losses: readonly (number | undefined)[]): Float64Array {
  const finite = losses.filter((loss): loss is number => loss !== undefined && Number.isFinite(loss));
  const worst = finite.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  const best = finite.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
  const filled = Float64Array.from(losses, (loss) => {
    if (loss === undefined || loss === Number.POSITIVE_INFINITY) return worst;
    return loss === Number.NEGATIVE_INFINITY ? best : loss;
  });
  if (!(worst > best)) return new Float64Array(losses.length);
  const standard = standardised(filled);
  let chosen = standard;
  let chosenLikelihood = Number.NEGATIVE_INFINITY;
  for (const power of POWERS) {
    const transformed = standard.map((value) => yeoJohnson(value, power));
    const likelihood = logLikelihood(standard, transformed, power);
    if (!(likelihood > chosenLikelihood)) continue;
    chosen = transformed;
    chosenLikelihood = likelihood;
  }
  return standardised(chosen);
}

function yeoJohnson(value: number, power: number): number {
  if (value >= 0) return power === 0 ? Math.log1p(value) : ((value + 1) ** power - 1) / power;
  return power === 2 ? -Math.log1p(-value) : -((1 - value) ** (2 - power) - 1) / (2 - power);
}

/** The log likelihood of a normal distribution fitted to the transformed values, including the Jacobian. */
function logLikelihood(values: Float64Array, transformed: Float64Array, power: number): number {
  const { variance } = momentsOf(transformed);
  const jacobian = values.reduce((sum, value) => sum + Math.sign(value) * Math.log1p(Math.abs(value)), 0);
  return -0.5 * values.length * Math.log(variance) + (power - 1) * jacobian;
}

function standardised(values: Float64Array): Float64Array {
  const { mean, variance } = momentsOf(values);
  const scale = variance > 0 ? 1 / Math.sqrt(variance) : 1;
  return values.map((value) => (value - mean) * scale);
}

function momentsOf(values: Float64Array): { readonly mean: number; readonly variance: number } {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
  return { mean, variance };
}
