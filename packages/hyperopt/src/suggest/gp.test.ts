import { expect, test } from "vitest";
import { fmin } from "../fmin/fmin.ts";
import { compileSpace } from "../space/domain.ts";
import * as hp from "../space/hp.ts";
import { testAlgorithm } from "../testing/algorithm-suite.ts";
import { JOB_STATE_RUNNING } from "../trials/states.ts";
import { assignmentOf } from "../trials/trial.ts";
import { Trials } from "../trials/trials.ts";
import { suggest } from "./gp.ts";

testAlgorithm(suggest);

test("keeps away from running trials", async () => {
  const space = { x: hp.uniform("x", 0, 1) };
  const domain = compileSpace(space);
  const trials = new Trials();
  await fmin({
    fn: ({ x }) => (x - 0.3) ** 2 + 0.1 * Math.sin(20 * x),
    space,
    maxEvals: 12,
    trials,
    seed: 2,
  });
  for (let step = 0; step < 6; step++) {
    const [trial] = await suggest(trials.newTrialIds(1), domain, trials, step);
    trial!.state = JOB_STATE_RUNNING;
    trials.insertTrialDocs([trial!]);
    trials.refresh();
  }
  const open = trials.trials.slice(12).map((trial) => assignmentOf(trial)["x"]);
  expect(new Set(open).size).toBe(6);
});

test("evaluates every point of a small space once before it repeats one", async () => {
  const trials = new Trials();
  const space = { k: hp.randint("k", 4), b: hp.choice("b", ["x", "y"]) };
  await fmin({ fn: ({ k }) => k, space, algo: suggest, maxEvals: 8, trials, seed: 5 });
  const points = trials.trials.map((trial) => JSON.stringify(assignmentOf(trial)));
  expect(new Set(points).size).toBeGreaterThanOrEqual(7); // The startup phase draws from the prior, which may repeat a point.
});

test("refuses a startup phase without trials", () => {
  expect(() => suggest.with({ nStartupJobs: 0 })).toThrow(
    "nStartupJobs must be an integer of at least 1, got 0",
  );
});
