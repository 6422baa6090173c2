import type { Algorithm } from "./algorithm.ts";
import { suggest as annealing } from "./anneal.ts";
import { suggest as gaussianProcess } from "./gp.ts";
import { suggest as parzen } from "./tpe.ts";

/** `gp.suggest` spreads points for at most this many trials at the start. */
const STARTUP_MAX = 10;

/** From here on a Gaussian process takes more time than the trials that it saves. */
const MODELLED_MAX = 150;

/**
 * The default algorithm, a portfolio. For the first 150 trials, a Gaussian process and annealing take turns; annealing escapes
 * from models that do not fit, for example of many waves in ten dimensions. After that annealing and the Parzen estimator take
 * turns, because their time does not grow with the cube of the history. Works for any space and considers running trials. The same
 * seed and history give the same proposal.
 *
 * docs/BENCHMARKS.md has the comparison that this choice is based on.
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
