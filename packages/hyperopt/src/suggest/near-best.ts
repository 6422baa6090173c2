import type { Random } from "@flightdeck/core";
import { drawPrior, toParameterValue } from "../space/draw-prior.ts";
import type { NormalPrior, Prior, UniformPrior } from "../space/prior.ts";
import type { Trial } from "../trials/trial.ts";
import type { LossRanking } from "./loss-ranking.ts";

type SeedValue = {
  readonly value: number;
  /** The number of trials in which the label was active. */
  readonly observationCount: number;
};

type SeedTrialsOptions = {
  /** The mean rank of the trial to pick, 1 for the best. */
  readonly meanRank: number;
  readonly random: Random;
};

/**
 * Picks the good trials near which one proposal is drawn. A trial picked for one label is reused for all labels that are active in
 * it.
 */
export class SeedTrials {
  readonly #ranking: LossRanking;
  readonly #options: SeedTrialsOptions;
  readonly #picked: Trial[] = [];

  constructor(ranking: LossRanking, options: SeedTrialsOptions) {
    this.#ranking = ranking;
    this.#options = options;
  }

  /** The label's value in the trial picked for it, or undefined when it is not active in any trial. */
  pick(label: string): SeedValue | undefined {
    const trial = this.#picked.find((known) => valueIn(known, label) !== undefined) ?? this.#pickNew(label);
    const value = trial === undefined ? undefined : valueIn(trial, label);
    return value === undefined ? undefined : { value, observationCount: this.#ranking.countOf(label) };
  }

  #pickNew(label: string): Trial | undefined {
    const trial = this.#ranking.at(label, this.#drawRank());
    if (trial !== undefined) this.#picked.push(trial);
    return trial;
  }

  /** Draws a zero-based rank from a geometric distribution: rank r has probability (1 − p)^r · p with p = 1 / meanRank. */
  #drawRank(): number {
    const { meanRank, random } = this.#options;
    if (meanRank <= 1) return 0;
    return Math.floor(Math.log(1 - random.nextFloat()) / Math.log(1 - 1 / meanRank));
  }
}

function valueIn(trial: Trial, label: string): number | undefined {
  return trial.misc.vals[label]?.[0];
}

type DrawNearOptions = {
  /** The value to stay near. */
  readonly value: number;
  /** The width of the neighborhood relative to the prior's width, in (0, 1]. */
  readonly width: number;
  readonly random: Random;
};

/** As in hyperopt, added to a rounded value before its logarithm is taken, because the value may be 0. */
const LOG_OFFSET = 1e-16;

/** A draw from the prior narrowed to the neighbourhood of a value. */
export function drawNear(prior: Prior, options: DrawNearOptions): number {
  switch (prior.family) {
    case "uniform":
      return drawNearUniform(prior, options);
    case "normal":
      return drawNearNormal(prior, options);
    case "randint":
    case "categorical":
      return options.random.nextFloat() < options.width ? drawPrior(prior, options.random) : options.value;
  }
}

/** Uniform over an interval around the value, moved inside the bounds. */
function drawNearUniform(prior: UniformPrior, { value, width, random }: DrawNearOptions): number {
  const half = 0.5 * (prior.high - prior.low) * width;
  const centre = prior.log ? Math.log(value) : value;
  const inside = Math.min(Math.max(centre, prior.low + half), prior.high - half);
  return toParameterValue(prior, inside - half + 2 * half * random.nextFloat());
}

function drawNearNormal(prior: NormalPrior, { value, width, random }: DrawNearOptions): number {
  const mu = prior.log ? Math.log(prior.q === undefined ? value : value + LOG_OFFSET) : value;
  return toParameterValue(prior, mu + prior.sigma * width * random.nextNormal());
}
