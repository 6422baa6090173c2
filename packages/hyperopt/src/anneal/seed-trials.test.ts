import { Random } from "@flightdeck/core";
import { expect, test } from "vitest";
import { JOB_STATE_DONE } from "../trials/job-state.ts";
import { STATUS_OK } from "../trials/status.ts";
import { newTrial, type Trial } from "../trials/trial.ts";
import { SeedTrials } from "./seed-trials.ts";

const done = (tid: number, assignment: Record<string, number>, loss: number): Trial => ({
  ...newTrial({ tid, assignment }),
  state: JOB_STATE_DONE,
  result: { status: STATUS_OK, loss },
});

const trials = [done(0, { a: 0 }, 3), done(1, { a: 1 }, 1), done(2, { a: 2, b: 2 }, 2), done(3, { b: 3 }, 9)];

test("are picked by rank with a mean of meanRank", () => {
  const picked = Array.from({ length: 2000 }, (_, seed) =>
    new SeedTrials(trials, { meanRank: 2, random: new Random(seed) }).pick("a"),
  );
  const share = (value: number): number => picked.filter((seed) => seed?.value === value).length / 2000;
  expect(share(1)).toBeCloseTo(1 / 2, 1);
  expect(share(2)).toBeCloseTo(1 / 4, 1);
  expect(share(0)).toBeCloseTo(1 / 4, 1);
  expect(picked[0]!.observationCount).toBe(3);
});

test("serve all the labels that they have active", () => {
  const seeds = new SeedTrials(trials, { meanRank: 1, random: new Random(0) });
  expect(seeds.pick("b")?.value).toBe(2);
  expect(seeds.pick("a")?.value).toBe(2);
  expect(seeds.pick("c")).toBeUndefined();
});
