import { describe, expect, test } from "vitest";
import { readGolden, type GoldenSuggestions } from "../testing/golden.ts";
import type { Assignment } from "../space/assignment.ts";
import { compileSpace, type Domain } from "../space/domain.ts";
import * as hp from "../space/hp.ts";
import { JOB_STATE_DONE, JOB_STATE_RUNNING } from "../trials/states.ts";
import { STATUS_OK } from "../trials/states.ts";
import { assignmentOf, newTrial } from "../trials/trial.ts";
import { trialsFromDocs } from "../trials/trials.ts";
import { testAlgorithm } from "../testing/algorithm-suite.ts";
import { Trials } from "../trials/trials.ts";
import type { Algorithm } from "./algorithm.ts";
import { suggest } from "./tpe.ts";

testAlgorithm(suggest);

// The space of the golden suggestions.
const goldenSpace = {
  c: hp.choice("c", [
    { x: hp.uniform("x", -5, 5) },
    { lr: hp.loguniform("lr", Math.log(1e-4), 0), d: hp.quniform("d", 1, 9, 1) },
  ]),
  k: hp.randint("k", 4),
};
const NAMES = ["the first branch is better", "the second branch is better"];
const histories = readGolden().suggest_distribution.map((golden, i) => [NAMES[i], golden] as const);

describe.each(histories)("2000 suggestions when %s", (_name, golden) => {
  const proposals = proposeMany(golden);
  const valuesOf = (label: string): number[] =>
    proposals.flatMap((assignment) => (Object.hasOwn(assignment, label) ? [assignment[label]!] : []));

  test.each(["c", "k", "d"] as const)("%s has each category as often as in hyperopt", (label) => {
    const values = valuesOf(label);
    expect(values.length).toBe(sum(Object.values(golden[label])));
    for (const category of new Set([...values, ...Object.keys(golden[label]).map(Number)])) {
      const expected = (golden[label][category.toFixed(1)] ?? 0) / golden.n_suggestions;
      const observed = values.filter((value) => value === category).length / golden.n_suggestions;
      expect(Math.abs(observed - expected)).toBeLessThan(0.05);
    }
  });

  test.each(["x", "lr"] as const)("%s follows hyperopt's distribution", (label) => {
    const values = valuesOf(label);
    const quantiles = golden[`${label}_quantiles`];
    expect(values.length > 0).toBe(quantiles !== null);
    quantiles?.forEach((quantile, i) => {
      const observed = values.filter((value) => value <= quantile).length / values.length;
      expect(Math.abs(observed - golden.quantile_levels[i]!)).toBeLessThan(0.05);
    });
  });
});

test("the same history and seed give the same proposal, even if the history grew step by step", async () => {
  const golden = readGolden().suggest_distribution[0]!;
  const domain = compileSpace(goldenSpace);
  const growing = new Trials();
  for (const doc of trialsOf(golden)) {
    growing.insertTrialDocs([doc]);
    growing.refresh();
    await propose(suggest, domain, growing);
  }
  const whole = await propose(suggest, compileSpace(goldenSpace), trialsOf(golden));
  expect(await propose(suggest, domain, growing)).toEqual(whole);
});

test("draws from the priors for every id until there are nStartupJobs trials", async () => {
  const domain = compileSpace(goldenSpace);
  expect(await suggest([0, 1, 2], domain, new Trials(), 1)).toHaveLength(3);
  const trials = trialsOf(readGolden().suggest_distribution[0]!);
  expect(await suggest([40, 41, 42], domain, trials, 1)).toHaveLength(1);
  expect(await suggest.with({ nStartupJobs: 41 })([40, 41, 42], domain, trials, 1)).toHaveLength(3);
});

test("starts from the prior alone when nStartupJobs is 0", async () => {
  const domain = compileSpace(goldenSpace);
  const [trial] = await suggest.with({ nStartupJobs: 0 })([0], domain, new Trials(), 3);
  expect(Object.keys(assignmentOf(trial!))).toContain("c");
});

test("running trials keep proposals away from themselves", async () => {
  const space = { x: hp.uniform("x", 0, 1) };
  const done = Array.from({ length: 30 }, (_, tid) => {
    const x = (tid + 0.5) / 30;
    const trial = newTrial({ tid, assignment: { x } });
    return {
      ...trial,
      state: JOB_STATE_DONE,
      result: { status: STATUS_OK, loss: Math.abs(x - 0.5) },
    } as const;
  });
  const running = Array.from({ length: 20 }, (_, i) => {
    const trial = newTrial({ tid: 30 + i, assignment: { x: 0.47 + i * 0.003 } });
    return { ...trial, state: JOB_STATE_RUNNING } as const;
  });
  const alone = await meanDistance(space, trialsFromDocs(done));
  const crowded = await meanDistance(space, trialsFromDocs([...done, ...running]));
  expect(crowded).toBeGreaterThan(alone);
});

test("counts only the best of several trials with one origin", async () => {
  const domain = compileSpace({ x: hp.uniform("x", 0, 1) });
  const plain = Array.from({ length: 24 }, (_, tid) => finished(tid, tid / 24, tid));
  const redone = { ...finished(24, 0.9, -1), misc: { ...finished(24, 0.9, -1).misc, fromTid: 3 } };
  const worse = { ...finished(25, 0.1, 99), misc: { ...finished(25, 0.1, 99).misc, fromTid: 3 } };
  const replaced = plain.map((trial) => (trial.tid === 3 ? finished(3, 0.9, -1) : trial));
  expect(await propose(suggest, domain, trialsFromDocs([...plain, redone, worse]))).toEqual(
    await propose(suggest, domain, trialsFromDocs(replaced)),
  );
});

test.each([{ gamma: 0 }, { nStartupJobs: -1 }, { nEICandidates: 0.5 }, { priorWeight: Number.NaN }])(
  "refuses %o",
  (options) => {
    expect(() => suggest.with(options)).toThrow(expect.objectContaining({ code: "INVALID_PARAMETER_VALUE" }));
  },
);

function finished(tid: number, x: number, loss: number): ReturnType<typeof newTrial> {
  return {
    ...newTrial({ tid, assignment: { x } }),
    state: JOB_STATE_DONE,
    result: { status: STATUS_OK, loss },
  };
}

async function meanDistance(space: unknown, trials: Trials): Promise<number> {
  const domain = compileSpace(space);
  const distances = [];
  for (let seed = 0; seed < 100; seed++) {
    const [trial] = await suggest([100], domain, trials, seed);
    distances.push(Math.abs(assignmentOf(trial!)["x"]! - 0.5));
  }
  return sum(distances) / distances.length;
}

function proposeMany(golden: GoldenSuggestions): Assignment[] {
  const domain = compileSpace(goldenSpace);
  const trials = trialsOf(golden);
  return Array.from({ length: golden.n_suggestions }, (_, seed) => {
    const docs = suggest([40], domain, trials, seed);
    if (docs instanceof Promise) throw new TypeError("tpe.suggest answers at once");
    return assignmentOf(docs[0]!);
  });
}

async function propose(algo: Algorithm, domain: Domain, trials: Trials): Promise<Assignment> {
  const [trial] = await algo([1000], domain, trials, 11);
  return assignmentOf(trial!);
}

function trialsOf(golden: GoldenSuggestions): Trials {
  const docs = golden.history.map(({ tid, loss, vals }) => {
    const assignment = Object.fromEntries(
      Object.entries(vals).flatMap(([label, value]) => (value === null ? [] : [[label, value] as const])),
    );
    const trial = newTrial({ tid, assignment, labels: Object.keys(vals) });
    return { ...trial, state: JOB_STATE_DONE, result: { status: STATUS_OK, loss } } as const;
  });
  return trialsFromDocs(docs);
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
