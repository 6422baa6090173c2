import { Random } from "@flightdeck/core";
import { assignParameters } from "../space/assignment.ts";
import { drawPrior } from "../space/draw-prior.ts";
import type { Domain } from "../space/domain.ts";
import type { Trial } from "../trials/trial.ts";
import type { Trials } from "../trials/trials.ts";
import { newTrialFor } from "./algorithm.ts";

/** Random search: one draw from the priors for each id, independent of the history. */
export function suggest(newIds: readonly number[], domain: Domain, trials: Trials, seed: number): Trial[] {
  const random = new Random(seed);
  return newIds.map((tid) => {
    const assignment = assignParameters(domain, ({ prior }) => drawPrior(prior, random));
    return newTrialFor(tid, assignment, { domain, trials });
  });
}
