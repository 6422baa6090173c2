import { AppError, Random } from "@flightdeck/core";
import { drawIndex } from "../space/draw-prior.ts";
import type { Algorithm } from "./algorithm.ts";

/** How far the sum of the probabilities may be from 1. */
const PROBABILITY_TOLERANCE = 1e-8;

/**
 * An algorithm that lets one of several make each proposal, drawn with the given probabilities, which sum to 1.
 *
 * @example
 * ```ts
 * const algo = mix.suggest([[0.1, rand.suggest], [0.2, anneal.suggest], [0.7, tpe.suggest]]);
 * await fmin({ fn, space, algo, maxEvals: 100 });
 * ```
 */
export function suggest(pSuggest: readonly (readonly [probability: number, algo: Algorithm])[]): Algorithm {
  const probabilities = pSuggest.map(([probability]) => probability);
  const sum = probabilities.reduce((total, probability) => total + probability, 0);
  if (probabilities.some((probability) => !(probability >= 0)) || Math.abs(sum - 1) > PROBABILITY_TOLERANCE) {
    const got = `[${probabilities.join(", ")}]`;
    throw new AppError("INVALID_PARAMETER_VALUE", `probabilities must be 0..1 and sum to 1, got ${got}`);
  }
  return (newIds, domain, trials, seed) => {
    const random = new Random(seed);
    const algo = pSuggest[drawIndex(probabilities, random)]?.[1];
    return algo === undefined ? [] : algo(newIds, domain, trials, random.nextInt(2 ** 31));
  };
}
