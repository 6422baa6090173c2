import type { Random } from "@flightdeck/core";
import { drawIndex, toParameterValue } from "../space/draw-prior.ts";
import { boundsOf, type NumberPosterior } from "./mixture-density.ts";

/**
 * One draw of a parameter's value. A draw outside the bounds is thrown away together with its component, as hyperopt
 * does, so that components near a bound are used less often than they weigh. It ends: the prior's component alone is
 * accepted with probability 0.38 times its weight.
 */
export function drawMixture({ prior, mixture }: NumberPosterior, random: Random): number {
  const { low, high } = boundsOf(prior);
  for (;;) {
    const component = drawIndex(mixture.weights, random);
    const mu = mixture.mus[component] as number; // drawIndex stays below the length.
    const sigma = mixture.sigmas[component] as number; // The same.
    const drawn = mu + sigma * random.nextNormal();
    if (drawn >= low && drawn < high) return toParameterValue(prior, drawn);
  }
}
