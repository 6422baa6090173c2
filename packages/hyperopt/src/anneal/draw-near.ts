import type { Random } from "@flightdeck/core";
import { drawPrior, toParameterValue } from "../space/draw-prior.ts";
import type { NormalPrior, Prior, UniformPrior } from "../space/prior.ts";

export type DrawNearOptions = {
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
