import { normalCdf } from "../distributions/normal.ts";
import { type GaussianProcess, Prediction } from "./gaussian-process.ts";

/** How promising it is to evaluate at a row. Larger is better. */
export type Acquisition = {
  at(row: Float64Array): number;
  /** Also writes the gradient into `slopes`. */
  withSlopes(row: Float64Array, slopes: Float64Array): number;
};

/** exp(−z² / 2) / √(2π) at 0. */
const PEAK = 1 / Math.sqrt(2 * Math.PI);

/** Below this many standard deviations, the series is more precise than the difference that defines the improvement. */
const FAR = -5;

/**
 * The logarithm of the expected improvement over `best`. Unlike the improvement itself, it still has a gradient where the
 * improvement rounds to 0 (Ament et al. 2023, "Unexpected improvements to expected improvement").
 */
export function logExpectedImprovement(process: GaussianProcess, best: number): Acquisition {
  const prediction = new Prediction(process);
  return {
    at: (row) => {
      prediction.at(row, false);
      return logImprovement((best - prediction.mean) / prediction.deviation) + Math.log(prediction.deviation);
    },
    withSlopes: (row, slopes) => {
      prediction.at(row, true);
      const { mean, deviation, meanSlopes, deviationSlopes } = prediction;
      const z = (best - mean) / deviation;
      const { byMean, byDeviation } = slopesOf(z);
      for (let c = 0; c < slopes.length; c++) {
        slopes[c] =
          (byMean * (meanSlopes[c] as number) + byDeviation * (deviationSlopes[c] as number)) / deviation;
      }
      return logImprovement(z) + Math.log(deviation);
    },
  };
}

/** The negated predicted mean. */
export function lowestMean(process: GaussianProcess): Acquisition {
  const prediction = new Prediction(process);
  return {
    at: (row) => {
      prediction.at(row, false);
      return -prediction.mean;
    },
    withSlopes: (row, slopes) => {
      prediction.at(row, true);
      for (let c = 0; c < slopes.length; c++) slopes[c] = -(prediction.meanSlopes[c] as number);
      return -prediction.mean;
    },
  };
}

/** ln(φ(z) + z·Φ(z)). */
function logImprovement(z: number): number {
  if (z > FAR) return Math.log(density(z) + z * normalCdf(z));
  const inverse = 1 / (z * z);
  return Math.log(PEAK) - 0.5 * z * z + Math.log(inverse) + Math.log1p(inverse * (-3 + 15 * inverse));
}

/** The derivatives of ln(σ·h(z)) with respect to mean and deviation, times the deviation. */
function slopesOf(z: number): { readonly byMean: number; readonly byDeviation: number } {
  if (z > FAR) {
    const improvement = density(z) + z * normalCdf(z);
    return { byMean: -normalCdf(z) / improvement, byDeviation: density(z) / improvement };
  }
  const inverse = 1 / (z * z);
  const series = 1 + inverse * (-3 + 15 * inverse);
  return { byMean: (z * (1 - inverse * (1 - 3 * inverse))) / series, byDeviation: (z * z) / series };
}

function density(z: number): number {
  return PEAK * Math.exp(-0.5 * z * z);
}
