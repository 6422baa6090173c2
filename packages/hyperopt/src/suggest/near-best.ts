import type { Random } from "@flightdeck/core";
import { drawPrior, toParameterValue } from "../space/draw-prior.ts";
import type { NormalPrior, Prior, UniformPrior } from "../space/prior.ts";
import { lowestLosses } from "../tpe/lowest-losses.ts";
import type { Trial } from "../trials/trial.ts";

type SeedValue = {
  readonly value: number;
  /** In how many trials the label was active. */
  readonly observationCount: number;
};

type SeedTrialsOptions = {
  /** The mean rank of the trial to pick, 1 for the best. */
  readonly meanRank: number;
  readonly random: Random;
};

/**
 * The good trials near which one proposal is drawn. A trial that was picked for one label serves all labels that it has
 * active; the others get a trial of their own.
 */
export class SeedTrials {
  readonly #trials: readonly Trial[];
  readonly #options: SeedTrialsOptions;
  readonly #picked: Trial[] = [];

  constructor(trials: readonly Trial[], options: SeedTrialsOptions) {
    this.#trials = trials;
    this.#options = options;
  }

  /** The label's value in the trial picked for it; undefined when no trial has it active. */
  pick(label: string): SeedValue | undefined {
    const active = this.#trials.filter((trial) => valueIn(trial, label) !== undefined);
    const trial = this.#picked.find((known) => valueIn(known, label) !== undefined) ?? this.#pickNew(active);
    const value = trial === undefined ? undefined : valueIn(trial, label);
    return value === undefined ? undefined : { value, observationCount: active.length };
  }

  #pickNew(active: readonly Trial[]): Trial | undefined {
    const rank = Math.min(this.#drawRank(), active.length - 1);
    const losses = active.map(({ result }) => result.loss);
    const index = lowestLosses(losses, rank + 1)[rank];
    const trial = index === undefined ? undefined : active[index];
    if (trial !== undefined) this.#picked.push(trial);
    return trial;
  }

  /** Ranks from 0, geometrically distributed: rank r has probability (1 − p)^r · p with p = 1 / meanRank. */
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
  /** The width of the neighbourhood as a part of the prior's, in (0, 1]. */
  readonly width: number;
  readonly random: Random;
};

/** hyperopt adds this to a rounded value, which may be 0, before it takes the logarithm. */
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
