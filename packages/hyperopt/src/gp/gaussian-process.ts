import type { Column } from "./encoding.ts";
import { factorize, invertFactored, logDeterminant, multiply } from "./cholesky.ts";
import { minimize } from "./minimize.ts";

/** The fitted hyperparameters of a Gaussian process. */
export type Hyperparameters = {
  /** 1 / ℓ² of each column. */
  readonly inverseSquares: Float64Array;
  readonly signalVariance: number;
  readonly noiseVariance: number;
};

/** A Gaussian process conditioned on data, with standardised values. */
export type GaussianProcess = {
  readonly hyperparameters: Hyperparameters;
  readonly columns: readonly Column[];
  readonly rows: readonly Float64Array[];
  /** K⁻¹ · y. */
  readonly alpha: Float64Array;
  readonly inverse: Float64Array;
};

const ROOT_5 = Math.sqrt(5);

/**
 * Normal priors of ln ℓ, ln signal variance and ln noise variance. The length scales grow with the square root of the number of
 * columns (Hvarfner, Hellsten, Nardi 2024, "Vanilla Bayesian optimization performs great in high dimensions"), so that a
 * high-dimensional space does not look like noise. The noise is small unless the data suggest otherwise, because most objectives
 * are deterministic or nearly so.
 */
const LENGTH_PRIOR = { mean: Math.SQRT2 - 1.2, sigma: 1 };
const SIGNAL_PRIOR = { mean: 0, sigma: 1 };
const NOISE_PRIOR = { mean: -9, sigma: 3 };

const NOISE_MIN = 1e-8;
const ITERATION_MAX = 40;

/** The most likely hyperparameters given rows and standardised values, under the priors above. */
export function fitHyperparameters(
  columns: readonly Column[],
  rows: readonly Float64Array[],
  values: Float64Array,
): Hyperparameters {
  const d = columns.length;
  const pairs = squaredDistances(columns, rows);
  const lengthMean = LENGTH_PRIOR.mean + 0.5 * Math.log(d);
  const low = new Float64Array(d + 2).fill(-4);
  const high = new Float64Array(d + 2).fill(5);
  low[d + 1] = Math.log(NOISE_MIN);
  high[d + 1] = 1;
  const evidence = { pairs, values, lengthMean };
  const fits = STARTS.map(({ logLength, logNoise }) => {
    const theta = new Float64Array(d + 2).fill(logLength + 0.5 * Math.log(d), 0, d);
    theta[d] = 0;
    theta[d + 1] = logNoise;
    const value = minimize((at, gradient) => negativeLogPosterior(evidence, at, gradient), theta, {
      low,
      high,
      iterationMax: ITERATION_MAX,
    });
    return { theta, value };
  });
  const best = fits.reduce((a, b) => (b.value < a.value ? b : a));
  return toHyperparameters(best.theta);
}

const STARTS = [
  { logLength: -1, logNoise: -7 },
  { logLength: 0, logNoise: -1.5 },
];

/** Conditions the process on data. */
export function condition(
  columns: readonly Column[],
  { rows, values }: { readonly rows: readonly Float64Array[]; readonly values: Float64Array },
  hyperparameters: Hyperparameters,
): GaussianProcess {
  const n = rows.length;
  const pairs = squaredDistances(columns, rows);
  const kernel = kernelMatrix(pairs, n, hyperparameters);
  let jitter = hyperparameters.noiseVariance;
  const factor = kernel.matrix.slice();
  while (!factorize(factor, n)) {
    // With rows close together, rounding errors can make the matrix not positive definite.
    jitter *= 10;
    factor.set(kernel.matrix);
    for (let i = 0; i < n; i++) factor[i * n + i] = hyperparameters.signalVariance + jitter;
  }
  const inverse = invertFactored(factor, n);
  return { hyperparameters, columns, rows, inverse, alpha: multiply(inverse, values) };
}

/** Mean and standard deviation at a row, and their gradients. Reused between calls. */
export class Prediction {
  mean = 0;
  deviation = 0;
  readonly meanSlopes: Float64Array;
  readonly deviationSlopes: Float64Array;
  readonly #kernel: Float64Array;
  readonly #slopes: Float64Array;
  readonly #weights: Float64Array;
  readonly #process: GaussianProcess;

  constructor(process: GaussianProcess) {
    this.#process = process;
    this.meanSlopes = new Float64Array(process.columns.length);
    this.deviationSlopes = new Float64Array(process.columns.length);
    this.#kernel = new Float64Array(process.rows.length);
    this.#slopes = new Float64Array(process.rows.length);
    this.#weights = new Float64Array(process.rows.length);
  }

  /** Predicts at a row. Category columns have no slope. */
  at(row: Float64Array, withSlopes: boolean): void {
    const { alpha, hyperparameters } = this.#process;
    this.#compare(row);
    this.mean = 0;
    for (let i = 0; i < alpha.length; i++) this.mean += (alpha[i] as number) * (this.#kernel[i] as number);
    const explained = this.#explain();
    this.deviation = Math.sqrt(Math.max(hyperparameters.signalVariance - explained, 1e-14));
    if (withSlopes) this.#slope(row);
  }

  /** Computes the kernel between a row and the data, and the factor that its slopes share in all columns. */
  #compare(row: Float64Array): void {
    const { rows, columns, hyperparameters } = this.#process;
    const { inverseSquares, signalVariance } = hyperparameters;
    for (let i = 0; i < rows.length; i++) {
      const other = rows[i] as Float64Array; // Reads here and below stay within the lengths.
      let square = 0;
      for (let c = 0; c < columns.length; c++) {
        const gap = (row[c] as number) - (other[c] as number);
        const distance = (columns[c] as Column).isCategory ? (gap === 0 ? 0 : 1) : gap * gap;
        square += distance * (inverseSquares[c] as number);
      }
      const scaled = ROOT_5 * Math.sqrt(square);
      const decay = signalVariance * Math.exp(-scaled);
      this.#kernel[i] = decay * (1 + scaled + (5 / 3) * square);
      this.#slopes[i] = (-5 / 3) * decay * (1 + scaled);
    }
  }

  /** Returns kᵀ K⁻¹ k and stores K⁻¹ k in `#weights`. */
  #explain(): number {
    const { inverse } = this.#process;
    const n = this.#kernel.length;
    let total = 0;
    for (let i = 0; i < n; i++) {
      let sum = 0;
      const start = i * n;
      for (let j = 0; j < n; j++) sum += (inverse[start + j] as number) * (this.#kernel[j] as number);
      this.#weights[i] = sum;
      total += sum * (this.#kernel[i] as number);
    }
    return total;
  }

  #slope(row: Float64Array): void {
    const { rows, alpha, columns, hyperparameters } = this.#process;
    for (let c = 0; c < columns.length; c++) {
      let mean = 0;
      let explained = 0;
      if (!(columns[c] as Column).isCategory) {
        for (let i = 0; i < rows.length; i++) {
          const slope =
            (this.#slopes[i] as number) * ((row[c] as number) - ((rows[i] as Float64Array)[c] as number));
          mean += slope * (alpha[i] as number);
          explained += slope * (this.#weights[i] as number);
        }
      }
      const inverseSquare = hyperparameters.inverseSquares[c] as number;
      this.meanSlopes[c] = mean * inverseSquare;
      this.deviationSlopes[c] = (-explained * inverseSquare) / this.deviation;
    }
  }
}

type Pairs = {
  readonly n: number;
  readonly columnCount: number;
  /** The squared distance of each pair of rows (i > j) in each column, pair by pair. */
  readonly squares: Float64Array;
};

function squaredDistances(columns: readonly Column[], rows: readonly Float64Array[]): Pairs {
  const n = rows.length;
  const d = columns.length;
  const squares = new Float64Array(((n * (n - 1)) / 2) * d);
  let at = 0;
  for (let i = 1; i < n; i++) {
    for (let j = 0; j < i; j++) {
      for (let c = 0; c < d; c++) {
        const gap = ((rows[i] as Float64Array)[c] as number) - ((rows[j] as Float64Array)[c] as number);
        squares[at++] = (columns[c] as Column).isCategory ? (gap === 0 ? 0 : 1) : gap * gap;
      }
    }
  }
  return { n, columnCount: d, squares };
}

type Kernel = {
  readonly matrix: Float64Array;
  /** −2 dk / d(r²) of each pair. */
  readonly slopes: Float64Array;
};

/** The Matérn 5/2 kernel of all pairs, with the noise on the diagonal. */
function kernelMatrix({ squares, columnCount }: Pairs, n: number, of: Hyperparameters): Kernel {
  const { inverseSquares, signalVariance, noiseVariance } = of;
  const matrix = new Float64Array(n * n);
  const slopes = new Float64Array((n * (n - 1)) / 2);
  let pair = 0;
  for (let i = 0; i < n; i++) {
    matrix[i * n + i] = signalVariance + noiseVariance;
    for (let j = 0; j < i; j++, pair++) {
      let square = 0;
      const start = pair * columnCount;
      for (let c = 0; c < columnCount; c++) {
        square += (squares[start + c] as number) * (inverseSquares[c] as number);
      }
      const scaled = ROOT_5 * Math.sqrt(square);
      const decay = signalVariance * Math.exp(-scaled);
      const value = decay * (1 + scaled + (5 / 3) * square);
      matrix[i * n + j] = value;
      matrix[j * n + i] = value;
      slopes[pair] = (5 / 3) * decay * (1 + scaled);
    }
  }
  return { matrix, slopes };
}

type Evidence = { readonly pairs: Pairs; readonly values: Float64Array; readonly lengthMean: number };

/** −ln p(values | θ) − ln p(θ) for θ = (ln ℓ of each column, ln signal variance, ln noise variance). */
function negativeLogPosterior(evidence: Evidence, theta: Float64Array, gradient: Float64Array): number {
  const { pairs, values, lengthMean } = evidence;
  const { n, columnCount: d, squares } = pairs;
  const hyperparameters = toHyperparameters(theta);
  const { inverseSquares, signalVariance, noiseVariance } = hyperparameters;
  const { matrix, slopes } = kernelMatrix(pairs, n, hyperparameters);
  const factor = matrix.slice();
  if (!factorize(factor, n)) return Number.POSITIVE_INFINITY;
  const inverse = invertFactored(factor, n);
  const alpha = multiply(inverse, values);
  gradient.fill(0);
  let fit = 0;
  let signalSlope = 0;
  let pair = 0;
  for (let i = 0; i < n; i++) {
    const alphaI = alpha[i] as number;
    fit += alphaI * (values[i] as number);
    const own = (inverse[i * n + i] as number) - alphaI * alphaI;
    signalSlope += 0.5 * own * signalVariance;
    gradient[d + 1] = (gradient[d + 1] as number) + 0.5 * own * noiseVariance;
    for (let j = 0; j < i; j++, pair++) {
      const weight = (inverse[i * n + j] as number) - alphaI * (alpha[j] as number);
      signalSlope += weight * (matrix[i * n + j] as number);
      const slope = weight * (slopes[pair] as number);
      const start = pair * d;
      for (let c = 0; c < d; c++)
        gradient[c] = (gradient[c] as number) + slope * (squares[start + c] as number);
    }
  }
  for (let c = 0; c < d; c++) gradient[c] = (gradient[c] as number) * (inverseSquares[c] as number);
  gradient[d] = signalSlope;
  const prior = addPriors(theta, gradient, lengthMean);
  return 0.5 * fit + 0.5 * logDeterminant(factor, n) + prior;
}

function addPriors(theta: Float64Array, gradient: Float64Array, lengthMean: number): number {
  const d = theta.length - 2;
  let total = 0;
  for (let k = 0; k < theta.length; k++) {
    const { mean, sigma } =
      k < d ? { ...LENGTH_PRIOR, mean: lengthMean } : k === d ? SIGNAL_PRIOR : NOISE_PRIOR;
    const z = ((theta[k] as number) - mean) / sigma;
    total += 0.5 * z * z;
    gradient[k] = (gradient[k] as number) + z / sigma;
  }
  return total;
}

function toHyperparameters(theta: Float64Array): Hyperparameters {
  const d = theta.length - 2;
  return {
    inverseSquares: theta.slice(0, d).map((logLength) => Math.exp(-2 * logLength)),
    signalVariance: Math.exp(theta[d] as number),
    noiseVariance: Math.exp(theta[d + 1] as number),
  };
}
