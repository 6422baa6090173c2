import { expect, test } from "vitest";
import { fmin } from "../fmin/fmin.ts";
import * as hp from "../space/hp.ts";
import { testAlgorithm } from "../testing/algorithm-suite.ts";
import { Trials } from "../trials/trials.ts";
import type { Algorithm } from "./algorithm.ts";
import { suggest } from "./auto.ts";
import { suggest as gaussianProcess } from "./gp.ts";
import { suggest as parzen } from "./tpe.ts";

testAlgorithm(suggest);

const space = { x: hp.uniform("x", -5, 5), y: hp.uniform("y", -5, 5) };

async function meanOfBest(algo: Algorithm): Promise<number> {
  let sum = 0;
  for (let seed = 0; seed < 5; seed++) {
    const trials = new Trials();
    await fmin({ fn: ({ x, y }) => (x - 1) ** 2 + (x + y) ** 2, space, algo, maxEvals: 40, trials, seed });
    sum += trials.bestTrial.result.loss ?? Number.NaN;
  }
  return sum / 5;
}

test("comes much closer to the minimum of a smooth valley than the Parzen estimator", async () => {
  const limit = (await meanOfBest(parzen)) / 10;
  expect(await meanOfBest(suggest)).toBeLessThan(limit);
  expect(await meanOfBest(gaussianProcess)).toBeLessThan(limit);
});

test("continues after the trials that a Gaussian process models", async () => {
  const trials = new Trials();
  await fmin({ fn: ({ x, y }) => x * x + y * y, space, algo: suggest, maxEvals: 170, trials, seed: 1 });
  expect(trials.length).toBe(170);
});
