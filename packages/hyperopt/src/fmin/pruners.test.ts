import { expect, test } from "vitest";
import { newTrial, type Trial } from "../trials/trial.ts";
import { hyperbandPruner, medianPruner, type Pruner, successiveHalvingPruner } from "./pruners.ts";

function reported(tid: number, values: readonly number[]): Trial {
  const trial = newTrial({ tid, assignment: {} });
  trial.misc.reports = values.map((value, index) => ({ step: index + 1, value }));
  return trial;
}

/** Whether a trial with these reports is pruned, given the reports of others. */
function prunes(pruner: Pruner, own: readonly number[], others: readonly (readonly number[])[]): boolean {
  const trials = others.map((values, tid) => reported(tid, values));
  const trial = reported(others.length, own);
  return pruner(trial, [...trials, trial]);
}

const FIVE = [[5], [4], [3], [2], [1]];

test("the median pruner prunes a trial that is worse than half of the others at the same step", () => {
  expect(prunes(medianPruner(), [3.1], FIVE)).toBe(true);
  expect(prunes(medianPruner(), [2.9], FIVE)).toBe(false);
  expect(
    prunes(
      medianPruner(),
      [2.9, 9],
      FIVE.map(([v = 0]) => [v, v]),
    ),
  ).toBe(false); // The best report so far counts.
  expect(prunes(medianPruner(), [9], FIVE.slice(1))).toBe(false);
  expect(prunes(medianPruner({ nWarmupSteps: 2 }), [9], FIVE)).toBe(false);
  expect(prunes(medianPruner(), [Number.NaN], FIVE)).toBe(true);
  expect(prunes(medianPruner(), [], FIVE)).toBe(false);
});

test("with successive halving, only the best quarter continues at the rungs 1, 4, 16", () => {
  const pruner = successiveHalvingPruner();
  const seven = [1, 2, 3, 4, 5, 6, 7].map((value) => [value]);
  expect(prunes(pruner, [1.5], seven)).toBe(false);
  expect(prunes(pruner, [2.5], seven)).toBe(true);
  expect(prunes(pruner, [9], [])).toBe(false); // The first has nothing to be compared with.
  expect(
    prunes(
      pruner,
      [9, 9],
      seven.map(([v = 0]) => [v, v]),
    ),
  ).toBe(false); // Step 2 is not a rung.
});

test("with hyperband, a trial competes within its bracket, and each bracket starts pruning at a different step", () => {
  const pruner = hyperbandPruner({ maxResource: 9 });
  const others = [[1], [1], [1], [1], [1], [1]];
  expect(prunes(pruner, [9], others)).toBe(true); // Trial 6 is in the bracket that starts at step 1.
  expect(prunes(pruner, [9], [...others, [1]])).toBe(false); // Trial 7 is in the bracket that starts at step 3.
});

test("settings are checked", () => {
  expect(() => medianPruner({ nStartupTrials: 0 })).toThrow(
    "nStartupTrials must be an integer of at least 1, got 0",
  );
  expect(() => successiveHalvingPruner({ reductionFactor: 1 })).toThrow("reductionFactor must be an integer");
  expect(() => hyperbandPruner({ minResource: 4, maxResource: 3 })).toThrow("maxResource must be an integer");
});
