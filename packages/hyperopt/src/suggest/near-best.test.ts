import { Random } from "@flightdeck/core";
import { describe, expect, test } from "vitest";
import { compileSpace } from "../space/domain.ts";
import * as hp from "../space/hp.ts";
import type { HpNumber } from "../space/nodes.ts";
import { JOB_STATE_DONE, STATUS_OK } from "../trials/states.ts";
import { newTrial, type Trial } from "../trials/trial.ts";
import { trialsFromDocs } from "../trials/trials.ts";
import { LossRanking } from "./loss-ranking.ts";
import { drawNear, SeedTrials } from "./near-best.ts";

describe("drawNear", () => {
  const draw = (node: HpNumber, value: number, width = 0.1): number[] => {
    const random = new Random(3);
    return Array.from({ length: 2000 }, () => drawNear(node.prior, { value, width, random }));
  };

  test("stays in a window that is moved inside the bounds", () => {
    const middle = draw(hp.uniform("x", 0, 10), 4);
    expect(Math.min(...middle)).toBeGreaterThanOrEqual(3.5);
    expect(Math.max(...middle)).toBeLessThanOrEqual(4.5);
    const edge = draw(hp.uniform("x", 0, 10), 9.9);
    expect(Math.min(...edge)).toBeGreaterThanOrEqual(9);
    expect(Math.max(...edge)).toBeLessThanOrEqual(10);
  });

  test("works in log space for log priors, even from a rounded 0", () => {
    const values = draw(hp.loguniform("x", 0, 10), Math.exp(4));
    expect(Math.min(...values)).toBeGreaterThanOrEqual(Math.exp(3.5) * 0.999999);
    expect(Math.max(...values)).toBeLessThanOrEqual(Math.exp(4.5) * 1.000001);
    for (const value of draw(hp.qloguniform("x", 0, 5, 5), 0)) expect([0, 5]).toContain(value);
    for (const value of draw(hp.qlognormal("x", 1, 1, 2), 0)) expect(value).toBe(0);
  });

  test("narrows the standard deviation of normal priors", () => {
    const values = draw(hp.normal("x", 0, 1), 5);
    expect(values.every((value) => Math.abs(value - 5) < 0.6)).toBe(true);
  });

  test("keeps a category with probability 1 − width, plus the prior's share", () => {
    const kept = draw(hp.randint("x", 4), 2, 0.4).filter((value) => value === 2).length / 2000;
    expect(kept).toBeCloseTo(0.6 + 0.4 / 4, 1);
  });
});

describe("SeedTrials", () => {
  const done = (tid: number, assignment: Record<string, number>, loss: number): Trial => ({
    ...newTrial({ tid, assignment }),
    state: JOB_STATE_DONE,
    result: { status: STATUS_OK, loss },
  });

  const ranking = new LossRanking(compileSpace({ a: hp.uniform("a", 0, 9), b: hp.uniform("b", 0, 9) }));
  const trials = trialsFromDocs([
    done(0, { a: 0 }, 3),
    done(1, { a: 1 }, 1),
    done(2, { a: 2, b: 2 }, 2),
    done(3, { b: 3 }, 9),
  ]);
  ranking.follow(trials);

  test("are picked by rank with a mean of meanRank", () => {
    const picked = Array.from({ length: 2000 }, (_, seed) =>
      new SeedTrials(ranking, { meanRank: 2, random: new Random(seed) }).pick("a"),
    );
    const share = (value: number): number => picked.filter((seed) => seed?.value === value).length / 2000;
    expect(share(1)).toBeCloseTo(1 / 2, 1);
    expect(share(2)).toBeCloseTo(1 / 4, 1);
    expect(share(0)).toBeCloseTo(1 / 4, 1);
    expect(picked[0]!.observationCount).toBe(3);
  });

  test("are reused for all labels that are active in them", () => {
    const seeds = new SeedTrials(ranking, { meanRank: 1, random: new Random(0) });
    expect(seeds.pick("b")?.value).toBe(2);
    expect(seeds.pick("a")?.value).toBe(2);
    expect(seeds.pick("c")).toBeUndefined();
  });
});
