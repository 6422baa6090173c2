import type { Algorithm } from "./algorithm.ts";
import { suggest as annealing } from "./anneal.ts";
import { suggest as gaussianProcess } from "./gp.ts";
import { suggest as parzen } from "./tpe.ts";

/** The startup of `gp.suggest`, which spreads points, is at most this long. */
const STARTUP_MAX = 10;

/** From here on a Gaussian process costs more time than it saves trials. */
const MODELLED_MAX = 150;

/**
 * The default: a portfolio. Up to 150 trials every other one is placed by a Gaussian process and the others by annealing,
 * which gets away from models that do not fit, such as of many waves in ten dimensions; from then on annealing and the
 * Parzen estimator take turns, whose time does not grow with the cube of the history. Any space; trials under way are
 * taken into account; the same seed and history give the same proposal.
 *
 * docs/BENCHMARKS.md holds the comparison by which it was chosen.
 */
export const suggest: Algorithm = (newIds, domain, trials, seed) => {
  const algorithm = choose(trials.length, newIds[0] ?? 0);
  return algorithm(newIds, domain, trials, seed);
};

function choose(trialCount: number, tid: number): Algorithm {
  const isEven = tid % 2 === 0;
  if (trialCount >= MODELLED_MAX) return isEven ? parzen : annealing;
  return trialCount > STARTUP_MAX && isEven ? annealing : gaussianProcess;
}
