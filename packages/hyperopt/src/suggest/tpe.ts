import { Random } from "@flightdeck/core";
import { assignParameters } from "../space/assignment.ts";
import { ObservationHistory } from "../tpe/observation-history.ts";
import { proposeValue } from "../tpe/propose-value.ts";
import {
  type Algorithm,
  checkIntegerOption,
  checkPositiveOption,
  configurable,
  type ConfigurableAlgorithm,
  newTrialFor,
  perSearch,
} from "./algorithm.ts";
import { suggest as suggestAtRandom } from "./rand.ts";

/** The settings of `tpe.suggest.with`. */
export type TpeOptions = {
  /** The best gamma·√n of n trials count as good, at most 25. Default 0.25. */
  readonly gamma: number;
  /** Draw from the priors until there are this many trials. Default 20. */
  readonly nStartupJobs: number;
  /** How many candidates to draw, the best of which is proposed. Default 24. */
  readonly nEICandidates: number;
  /** The weight of the prior relative to one observation. Default 1. */
  readonly priorWeight: number;
};

const DEFAULTS: TpeOptions = { gamma: 0.25, nStartupJobs: 20, nEICandidates: 24, priorWeight: 1 };

/**
 * The tree-structured Parzen estimator (Bergstra, Bardenet, Bengio, Kégl 2011) as hyperopt 0.3 computes it: the same split,
 * weights, widths and densities, but different random numbers. Proposes one trial at a time, whatever the number of ids. Running
 * trials count as bad ones, which keeps parallel proposals apart.
 *
 * @example
 * ```ts
 * await fmin({ fn, space, algo: tpe.suggest, maxEvals: 100 });
 * await fmin({ fn, space, algo: tpe.suggest.with({ gamma: 0.5, nStartupJobs: 10 }), maxEvals: 100 });
 * ```
 */
export const suggest: ConfigurableAlgorithm<Partial<TpeOptions>> = configurable(createTpe);

function createTpe(given: Partial<TpeOptions>): Algorithm {
  const options = { ...DEFAULTS, ...given };
  checkPositiveOption("gamma", options.gamma);
  checkIntegerOption("nStartupJobs", options.nStartupJobs, 0);
  checkIntegerOption("nEICandidates", options.nEICandidates, 1);
  checkPositiveOption("priorWeight", options.priorWeight);
  return (newIds, domain, trials, seed) => {
    const history = historyOf({ trials, domain });
    history.follow(trials);
    if (history.length < options.nStartupJobs) return suggestAtRandom(newIds, domain, trials, seed);
    const [tid] = newIds;
    if (tid === undefined) return [];
    const columnOf = history.split(options.gamma);
    const random = new Random(seed);
    const { priorWeight, nEICandidates: candidateCount } = options;
    const assignment = assignParameters(domain, ({ label, prior }) =>
      proposeValue(prior, { column: columnOf(label), priorWeight, candidateCount, random }),
    );
    return [newTrialFor(tid, assignment, { domain, trials })];
  };
}

/** Kept per search, so that a suggestion only has to process new trials. */
const historyOf = perSearch(({ domain }) => new ObservationHistory(domain));
