/**
 * The prior distribution of one hyperparameter. hyperopt's twelve `hp` functions reduce to four families: a uniform or a normal
 * number, each optionally in log space and rounded to a multiple of `q`; a uniform integer; a category.
 */
export type Prior = NumberPrior | DiscretePrior;

/** Priors over real numbers. The bounds, `mu` and `sigma` of a log prior are in log space, as in hyperopt. */
export type NumberPrior = UniformPrior | NormalPrior;

/** Priors over a finite set of integers. */
export type DiscretePrior = RandintPrior | CategoricalPrior;

/** Uniform between two bounds: `hp.uniform`, `quniform`, `uniformint`, `loguniform`, `qloguniform`. */
export type UniformPrior = {
  readonly family: "uniform";
  readonly low: number;
  readonly high: number;
  readonly log: boolean;
  readonly q: number | undefined;
};

/** Normal: `hp.normal`, `qnormal`, `lognormal`, `qlognormal`. */
export type NormalPrior = {
  readonly family: "normal";
  readonly mu: number;
  readonly sigma: number;
  readonly log: boolean;
  readonly q: number | undefined;
};

/** A uniform integer in [low, high). */
export type RandintPrior = {
  readonly family: "randint";
  readonly low: number;
  readonly high: number;
};

/** An index into `probabilities`, which sum to 1. */
export type CategoricalPrior = {
  readonly family: "categorical";
  readonly probabilities: readonly number[];
};

/** Whether a prior is over a finite set of integers. */
export function isDiscrete(prior: Prior): prior is DiscretePrior {
  return prior.family === "randint" || prior.family === "categorical";
}
