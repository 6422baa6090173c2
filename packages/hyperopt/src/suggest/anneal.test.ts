import { expect, test } from "vitest";
import { fmin } from "../fmin/fmin.ts";
import { compileSpace } from "../space/domain.ts";
import * as hp from "../space/hp.ts";
import { assignmentOf } from "../trials/trial.ts";
import { testAlgorithm } from "../testing/algorithm-suite.ts";
import { Trials } from "../trials/trials.ts";
import { suggest } from "./anneal.ts";
import { suggest as randomly } from "./rand.ts";

testAlgorithm(suggest);

test("finds a minimum more closely than random search, on average", async () => {
  const space = { x: hp.uniform("x", -5, 5), y: hp.uniform("y", -5, 5) };
  const search = async (algo: typeof randomly | typeof suggest): Promise<number> => {
    let sum = 0;
    for (let seed = 0; seed < 10; seed++) {
      const trials = new Trials();
      await fmin({ fn: ({ x, y }) => x * x + y * y, space, algo, maxEvals: 100, trials, seed });
      sum += trials.bestTrial.result.loss!;
    }
    return sum;
  };
  expect(await search(suggest)).toBeLessThan(await search(randomly));
});

test("draws from the prior without a history, and accepts settings", async () => {
  const domain = compileSpace({ x: hp.uniform("x", 0, 1) });
  const [trial] = await suggest([0, 1], domain, new Trials(), 1);
  expect(assignmentOf(trial!)["x"]).toBeGreaterThanOrEqual(0);
  expect(() => suggest.with({ shrinkCoef: -1 })).toThrow("shrinkCoef must be greater than 0, got -1");
  expect(() => suggest.with({ avgBestIdx: 0.5 })).toThrow("avgBestIdx must be at least 1, got 0.5");
});
