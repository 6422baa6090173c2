import fc from "fast-check";
import { expect, test } from "vitest";
import { compileSpace } from "../space/domain.ts";
import * as hp from "../space/hp.ts";
import { JOB_STATE_CANCEL, JOB_STATE_DONE, JOB_STATE_RUNNING, STATUS_OK } from "../trials/states.ts";
import { newTrial, type Trial } from "../trials/trial.ts";
import { Trials } from "../trials/trials.ts";
import { LossRanking } from "./loss-ranking.ts";

const domain = compileSpace({ a: hp.uniform("a", 0, 1), b: hp.uniform("b", 0, 1) });

const change = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant("add"), count: fc.integer({ min: 1, max: 60 }) }) },
  { weight: 6, arbitrary: fc.record({ kind: fc.constant("end"), count: fc.integer({ min: 1, max: 60 }) }) },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant("vanish"), count: fc.integer({ min: 1, max: 200 }) }),
  },
);

test("ranks like a stable sort of all visible trials, in whatever order they appear, end and vanish", () => {
  const losses = fc.infiniteStream(fc.oneof(fc.nat(50), fc.constantFrom(Number.NaN, Infinity, -Infinity)));
  fc.assert(
    fc.property(fc.array(change, { maxLength: 40 }), losses, (changes, loss) => {
      const trials = new Trials();
      const ranking = new LossRanking(domain);
      for (const { kind, count } of changes) {
        if (kind === "add") trials.insertTrialDocs(trials.newTrialIds(count).map(runningTrial));
        const open = [...trials.openTrials].slice(0, count);
        if (kind === "end") for (const trial of open) finish(trial, loss.next().value);
        if (kind === "vanish") for (const trial of open) trial.state = JOB_STATE_CANCEL;
        trials.refreshOpen();
        ranking.follow(trials);
        for (const label of ["a", "b"]) expectRanked(ranking, trials, label);
      }
    }),
    { numRuns: 60 },
  );
});

function runningTrial(tid: number): Trial {
  const assignment = tid % 3 === 0 ? { a: tid } : { a: tid, b: tid };
  return { ...newTrial({ tid, assignment }), state: JOB_STATE_RUNNING };
}

function finish(trial: Trial, loss: number): void {
  trial.state = JOB_STATE_DONE;
  trial.result = { status: STATUS_OK, loss };
}

function expectRanked(ranking: LossRanking, trials: Trials, label: string): void {
  const lossOf = ({ result: { loss = Infinity } }: Trial): number => (Number.isNaN(loss) ? Infinity : loss);
  const active = trials.trials.filter(({ misc }) => misc.vals[label]?.[0] !== undefined);
  const sorted = active.toSorted((x, y) => (lossOf(x) === lossOf(y) ? 0 : lossOf(x) - lossOf(y)));
  expect(ranking.countOf(label)).toBe(active.length);
  for (const rank of [0, 1, 5, 100, 300, 1e6]) {
    expect(ranking.at(label, rank)?.tid).toBe(sorted[Math.min(rank, sorted.length - 1)]?.tid);
  }
}
