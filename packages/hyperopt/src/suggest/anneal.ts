import { Random } from "@flightdeck/core";
import { assignParameters } from "../space/assignment.ts";
import { drawPrior } from "../space/draw-prior.ts";
import {
  type Algorithm,
  checkMinimumOption,
  checkPositiveOption,
  configurable,
  type ConfigurableAlgorithm,
  newTrialFor,
} from "./algorithm.ts";
import { drawNear, SeedTrials } from "./near-best.ts";

/** The settings of `anneal.suggest.with`. */
export type AnnealOptions = {
  /** The mean rank, 1 for the best, of the trial near which the next one is drawn; at least 1. Default 2. */
  readonly avgBestIdx: number;
  /** How fast the neighbourhood shrinks: to 1 / (1 + n · shrinkCoef) of the prior after n trials. Default 0.1. */
  readonly shrinkCoef: number;
};

const DEFAULTS: AnnealOptions = { avgBestIdx: 2, shrinkCoef: 0.1 };

/**
 * hyperopt's annealing: each parameter is drawn near its value in one of the best trials, from a version of its prior
 * that narrows as trials come in. Proposes one trial at a time.
 */
export const suggest: ConfigurableAlgorithm<Partial<AnnealOptions>> = configurable(createAnneal);

function createAnneal(given: Partial<AnnealOptions>): Algorithm {
  const { avgBestIdx, shrinkCoef } = { ...DEFAULTS, ...given };
  checkMinimumOption("avgBestIdx", avgBestIdx, 1);
  checkPositiveOption("shrinkCoef", shrinkCoef);
  return (newIds, domain, trials, seed) => {
    const [tid] = newIds;
    if (tid === undefined) return [];
    const random = new Random(seed);
    const seeds = new SeedTrials(trials.trials, { meanRank: avgBestIdx, random });
    const assignment = assignParameters(domain, ({ label, prior }) => {
      const seedValue = seeds.pick(label);
      if (seedValue === undefined) return drawPrior(prior, random);
      const width = 1 / (1 + seedValue.observationCount * shrinkCoef);
      return drawNear(prior, { value: seedValue.value, width, random });
    });
    return [newTrialFor(tid, assignment, { domain, trials })];
  };
}
