import { expect, test } from "vitest";
import { compileSpace } from "../space/domain.ts";
import * as hp from "../space/hp.ts";
import { newTrial } from "../trials/trial.ts";
import { testAlgorithm } from "../testing/algorithm-suite.ts";
import { Trials } from "../trials/trials.ts";
import type { Algorithm } from "./algorithm.ts";
import { suggest } from "./mix.ts";
import { suggest as randomly } from "./rand.ts";
import { suggest as byTpe } from "./tpe.ts";

testAlgorithm(
  suggest([
    [0.5, randomly],
    [0.5, byTpe],
  ]),
);

const domain = compileSpace({ x: hp.uniform("x", 0, 1) });
const always =
  (x: number): Algorithm =>
  ([tid = 0]) => [newTrial({ tid, assignment: { x } })];

test("each algorithm gets its share of the proposals", async () => {
  const algo = suggest([
    [0.2, always(0)],
    [0.8, always(1)],
  ]);
  let ones = 0;
  for (let seed = 0; seed < 2000; seed++) {
    const [trial] = await algo([0], domain, new Trials(), seed);
    ones += trial!.misc.vals["x"]![0]!;
  }
  expect(ones / 2000).toBeCloseTo(0.8, 1);
});

test("refuses invalid probabilities", () => {
  expect(() => suggest([[0.5, always(0)]])).toThrow("probabilities must be 0..1 and sum to 1, got [0.5]");
  expect(() => suggest([])).toThrow("got []");
  const negative = [
    [-1, always(0)],
    [2, always(1)],
  ] as const;
  expect(() => suggest(negative)).toThrow("got [-1, 2]");
});
