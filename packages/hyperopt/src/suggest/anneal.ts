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
  perSearch,
} from "./algorithm.ts";
import { LossRanking } from "./loss-ranking.ts";
import { drawNear, SeedTrials } from "./near-best.ts";

/** The settings of `anneal.suggest.with`. */
export type AnnealOptions = {
  /** The mean rank (1 is the best) of the trial near which the next one is drawn. At least 1, default 2. */
  readonly avgBestIdx: number;
  /** How fast the neighbourhood shrinks: to 1 / (1 + n · shrinkCoef) of the prior after n trials. Default 0.1. */
  readonly shrinkCoef: number;
};

const DEFAULTS: AnnealOptions = { avgBestIdx: 2, shrinkCoef: 0.1 };

/**
 * hyperopt's annealing: draws each parameter near its value in one of the best trials, from a version of its prior that narrows as
 * trials end. Proposes one trial at a time.
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
    const ranking = rankingOf({ domain, trials });
    ranking.follow(trials);
    const seeds = new SeedTrials(ranking, { meanRank: avgBestIdx, random });
    const assignment = assignParameters(domain, ({ label, prior }) => {
      const seedValue = seeds.pick(label);
      if (seedValue === undefined) return drawPrior(prior, random);
      const width = 1 / (1 + seedValue.observationCount * shrinkCoef);
      return drawNear(prior, { value: seedValue.value, width, random });
    });
    return [newTrialFor(tid, assignment, { domain, trials })];
  };
}

/** Kept per search, so that a suggestion only has to process new trials. */
const rankingOf = perSearch(({ domain }) => new LossRanking(domain));
