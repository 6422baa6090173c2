import type { Assignment } from "../space/assignment.ts";
import type { Domain } from "../space/domain.ts";
import { newTrial, type Trial } from "../trials/trial.ts";
import type { Trials } from "../trials/trials.ts";

/** A trial of the given history and space. */
export function newTrialFor(tid: number, assignment: Assignment, { domain, trials }: SearchScope): Trial {
  const labels = domain.parameters.map(({ label }) => label);
  return newTrial({ tid, assignment, labels, expKey: trials.expKey });
}

/** What a proposal belongs to. */
export type SearchScope = { readonly domain: Domain; readonly trials: Trials };
