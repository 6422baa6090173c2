import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { activeAssignment } from "../space/assignment.ts";
import { compileSpace, type Domain } from "../space/domain.ts";
import * as hp from "../space/hp.ts";
import type { Prior } from "../space/prior.ts";
import type { Algorithm } from "../suggest/algorithm.ts";
import { JOB_STATE_DONE, JOB_STATE_NEW, JOB_STATE_RUNNING } from "../trials/states.ts";
import { STATUS_FAIL, STATUS_OK } from "../trials/states.ts";
import { assignmentOf, type Trial } from "../trials/trial.ts";
import { Trials } from "../trials/trials.ts";

/** Enough trials for TPE to get past its startup phase. */
const HISTORY_LENGTH = 30;

/** Tests that every search algorithm must pass. */
export function testAlgorithm(algo: Algorithm): void {
  describe("like every algorithm", () => {
    test("proposes points of the space, with exactly the active labels, for the given ids", async () => {
      await fc.assert(
        fc.asyncProperty(spaces(), fc.nat({ max: 1000 }), async (space, seed) => {
          const domain = compileSpace(space);
          const trials = await search(algo, domain, seed);
          for (const trial of trials) expectPointOf(domain, trial);
          expect(trials.tids).toEqual(Array.from({ length: HISTORY_LENGTH }, (_, tid) => tid));
        }),
        { numRuns: 40 },
      );
    });

    test("proposes the same for the same seed and history", async () => {
      await fc.assert(
        fc.asyncProperty(spaces(), fc.nat({ max: 1000 }), async (space, seed) => {
          const first = await search(algo, compileSpace(space), seed);
          const second = await search(algo, compileSpace(space), seed);
          expect(first.trials).toEqual(second.trials);
        }),
        { numRuns: 10 },
      );
    });

    test("returns trials in state NEW, with the experiment's key and empty lists for inactive labels", async () => {
      const domain = compileSpace(hp.choice("c", [hp.uniform("a", 0, 1), hp.uniform("b", 0, 1)]));
      const [trial] = await algo([7], domain, new Trials({ expKey: "e" }), 1);
      expect(trial).toMatchObject({ state: JOB_STATE_NEW, tid: 7, expKey: "e", misc: { tid: 7 } });
      const counts = Object.entries(trial!.misc.vals).map(([label, values]) => [label, values.length]);
      expect(Object.fromEntries(counts)).toEqual({
        c: 1,
        a: trial!.misc.vals["c"]![0] === 0 ? 1 : 0,
        b: trial!.misc.vals["c"]![0] === 1 ? 1 : 0,
      });
    });
  });
}

/** Proposes one trial after another; some of them fail, some keep running, some have the same loss. */
async function search(algo: Algorithm, domain: Domain, seed: number): Promise<Trials> {
  const trials = new Trials();
  for (let step = 0; step < HISTORY_LENGTH; step++) {
    const [trial] = await algo(trials.newTrialIds(1), domain, trials, seed + step);
    expect(trial).toBeDefined();
    finish(trial!, step);
    trials.insertTrialDocs([trial!]);
    trials.refresh();
  }
  return trials;
}

function finish(trial: Trial, step: number): void {
  trial.state = step % 7 === 3 ? JOB_STATE_RUNNING : JOB_STATE_DONE;
  if (trial.state === JOB_STATE_RUNNING) return;
  trial.result = step % 5 === 2 ? { status: STATUS_FAIL } : { status: STATUS_OK, loss: (step * 37) % 11 };
}

function expectPointOf(domain: Domain, trial: Trial): void {
  const assignment = assignmentOf(trial);
  expect(assignment).toEqual(activeAssignment(domain, assignment));
  const priors = new Map(domain.parameters.map(({ label, prior }) => [label, prior]));
  for (const [label, value] of Object.entries(assignment)) expectDrawOf(priors.get(label)!, value);
}

function expectDrawOf(prior: Prior, value: number): void {
  expect(Number.isFinite(value)).toBe(true);
  if (prior.family === "randint") {
    expect(Number.isInteger(value) && value >= prior.low && value < prior.high).toBe(true);
  }
  if (prior.family === "uniform") {
    // Rounding may exceed the bounds by half a step, exp and log by a rounding error.
    const slack = (prior.q ?? 0) / 2 + 1e-9 * Math.max(1, Math.abs(value));
    expect(value).toBeGreaterThanOrEqual((prior.log ? Math.exp(prior.low) : prior.low) - slack);
    expect(value).toBeLessThanOrEqual((prior.log ? Math.exp(prior.high) : prior.high) + slack);
  }
  if ("q" in prior && prior.q !== undefined) {
    expect(Math.abs(value / prior.q - Math.round(value / prior.q))).toBeLessThan(1e-6);
  }
}

/** Spaces of up to five parameters of all kinds, one of them behind a choice. */
function spaces(): fc.Arbitrary<unknown> {
  const nodes = fc.array(fc.nat({ max: MAKERS.length - 1 }), { minLength: 1, maxLength: 4 });
  return nodes.map((kinds) => {
    const made = kinds.map((kind, i) => MAKERS[kind]!(`p${i}`));
    const [first, ...others] = made;
    return { choice: hp.choice("choice", [{ first }, "nothing"]), others };
  });
}

const MAKERS: readonly ((label: string) => unknown)[] = [
  (label) => hp.uniform(label, -2, 5),
  (label) => hp.quniform(label, 0, 1, 0.3),
  (label) => hp.uniformint(label, 1, 4),
  (label) => hp.loguniform(label, -9, 1),
  (label) => hp.qloguniform(label, 0, 4, 2),
  (label) => hp.normal(label, 1, 3),
  (label) => hp.qnormal(label, 0, 3, 0.5),
  (label) => hp.lognormal(label, 0, 1),
  (label) => hp.qlognormal(label, 0, 1, 2),
  (label) => hp.randint(label, 5),
  (label) => hp.randint(label, -3, 3),
  (label) =>
    hp.pchoice(label, [
      [0.3, "a"],
      [0.7, "b"],
      [0, "never"],
    ]),
];
