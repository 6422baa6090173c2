import type { Assignment } from "../space/assignment.ts";
import { newTrial } from "../trials/trial.ts";
import { Trials } from "../trials/trials.ts";

/**
 * Trials that hold the given points, to be evaluated before the search begins. Each point gives the raw value of every
 * active label; a choice is the index of its option. Passed to `fmin` as they are, the points come on top of `maxEvals`.
 *
 * @example
 * ```ts
 * const trials = generateTrialsToCalculate([{ x: 0 }, { x: 0.5 }]);
 * await fmin({ fn: ({ x }) => x * x, space: { x: hp.uniform("x", -1, 1) }, maxEvals: 8, trials, seed: 1 });
 * trials.length; // 10
 * ```
 */
export function generateTrialsToCalculate(points: readonly Assignment[]): Trials {
  const trials = new Trials();
  trials.insertTrialDocs(points.map((assignment, tid) => newTrial({ tid, assignment })));
  return trials;
}
