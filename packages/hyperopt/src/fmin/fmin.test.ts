import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type AppError, type Clock, sleep } from "@flightdeck/core";
import { afterEach, describe, expect, expectTypeOf, test, vi } from "vitest";
import type { Objective } from "../executor/objective.ts";
import type { Assignment } from "../space/assignment.ts";
import * as hp from "../space/hp.ts";
import type { Algorithm } from "../suggest/algorithm.ts";
import { suggest as randomly } from "../suggest/rand.ts";
import { suggest as byTpe } from "../suggest/tpe.ts";
import {
  JOB_STATE_CANCEL,
  JOB_STATE_DONE,
  JOB_STATE_ERROR,
  JOB_STATE_NEW,
  JOB_STATE_RUNNING,
} from "../trials/states.ts";
import { STATUS_FAIL, STATUS_OK, STATUS_SUSPENDED } from "../trials/states.ts";
import type { Trial } from "../trials/trial.ts";
import { Trials } from "../trials/trials.ts";
import type { FminProgress } from "./fmin-options.ts";
import { fmin } from "./fmin.ts";
import { generateTrialsToCalculate } from "../trials/trials.ts";
import { medianPruner } from "./pruners.ts";
import { noProgressLoss } from "./no-progress-loss.ts";

const space = { x: hp.uniform("x", -5, 5) };
const square = ({ x }: { x: number }): number => x * x;

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllEnvs();
});

describe("the search", () => {
  test("finds the minimum, on average more closely than random search", async () => {
    const names = ["a", "b", "c", "d"];
    const ball = Object.fromEntries(names.map((name) => [name, hp.uniform(name, -5, 5)]));
    const fn = (point: Record<string, number>): number =>
      Object.values(point).reduce((sum, x) => sum + x * x, 0);
    const search = async (algo: Algorithm): Promise<number> => {
      let sum = 0;
      for (let seed = 0; seed < 10; seed++) {
        const trials = new Trials();
        await fmin({ fn, space: ball, algo, maxEvals: 120, trials, seed });
        sum += trials.bestTrial.result.loss!;
      }
      return sum / 10;
    };
    expect(await search(byTpe)).toBeLessThan((await search(randomly)) / 2);
    const best = await fmin({ fn: square, space, maxEvals: 100, seed: 3 });
    expect(Math.abs(best["x"]!)).toBeLessThan(0.1);
  });

  test("the same seed gives the same search, a different seed a different one", async () => {
    const search = async (seed: number): Promise<unknown> => {
      const trials = new Trials();
      await fmin({ fn: square, space, maxEvals: 30, trials, seed });
      return trials.vals;
    };
    expect(await search(5)).toEqual(await search(5));
    expect(await search(5)).not.toEqual(await search(6));
    vi.stubEnv("HYPEROPT_FMIN_SEED", "5");
    const trials = new Trials();
    await fmin({ fn: square, space, maxEvals: 30, trials });
    expect(trials.vals).toEqual(await search(5));
    vi.stubEnv("HYPEROPT_FMIN_SEED", "five");
    await expect(fmin({ fn: square, space, maxEvals: 3 })).rejects.toThrow(
      "HYPEROPT_FMIN_SEED must be an integer",
    );
  });

  test("resolves with raw values, or with the point of the space if returnArgmin is false", async () => {
    const kinds = { kind: hp.choice("kind", ["a", "b"]) };
    const fn = ({ kind }: { kind: "a" | "b" }): number => (kind === "b" ? 0 : 1);
    const best = await fmin({ fn, space: kinds, maxEvals: 10, seed: 1 });
    const point = await fmin({ fn, space: kinds, maxEvals: 10, seed: 1, returnArgmin: false });
    expect(best).toEqual({ kind: 1 });
    expect(point).toEqual({ kind: "b" });
    expectTypeOf(best).toEqualTypeOf<Assignment>();
    expectTypeOf(point).toEqualTypeOf<{ kind: "a" | "b" }>();
  });

  test("the type of fn's value follows from the space", async () => {
    await fmin({
      space: { n: hp.randint("n", 3), on: hp.choice("on", [true, false]) },
      fn: (value, context) => {
        expectTypeOf(value).toEqualTypeOf<{ n: number; on: boolean }>();
        expectTypeOf(context.signal).toEqualTypeOf<AbortSignal>();
        return value.n;
      },
      maxEvals: 1,
    });
  });
});

describe("the end of a search", () => {
  test("maxEvals includes existing trials", async () => {
    const trials = new Trials();
    const fn = vi.fn(square);
    await fmin({ fn, space, maxEvals: 3, trials, seed: 1 });
    await fmin({ fn, space, maxEvals: 8, trials, seed: 2 });
    expect(fn).toHaveBeenCalledTimes(8);
    await fmin({ fn, space, maxEvals: 8, trials, seed: 3 });
    expect(fn).toHaveBeenCalledTimes(8);
    expect(trials.tids).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
  });

  test("points to evaluate come first and on top of maxEvals", async () => {
    const fn = vi.fn(square);
    const pointsToEvaluate = [{ x: 1 }, { x: 0 }];
    expect(await fmin({ fn, space, maxEvals: 5, pointsToEvaluate, seed: 1 })).toEqual({ x: 0 });
    expect(fn).toHaveBeenCalledTimes(7);
    expect(fn.mock.calls.slice(0, 2).map(([value]) => value)).toEqual([{ x: 1 }, { x: 0 }]);
    const trials = generateTrialsToCalculate(pointsToEvaluate);
    await fmin({ fn, space, maxEvals: 5, trials, seed: 1 });
    expect(trials.vals["x"]!.slice(0, 2)).toEqual([1, 0]);
    expect(trials).toHaveLength(7);
  });

  test("stops at a loss less than the threshold, not at the threshold", async () => {
    let loss = 5;
    const fn = vi.fn(() => loss--);
    await fmin({ fn, space, lossThreshold: 3, seed: 1 });
    expect(fn.mock.results.map(({ value }) => value)).toEqual([5, 4, 3, 2]);
  });

  test("the timeout is in seconds and checked between evaluations", async () => {
    let nowMs = 1_000_000;
    const clock: Clock = { nowMs: () => nowMs };
    const fn = vi.fn(() => {
      nowMs += 400;
      return 0;
    });
    await fmin({ fn, space, timeout: 1, seed: 1, clock });
    expect(fn).toHaveBeenCalledTimes(3);
  });

  test("an early stop function receives the state that it returned", async () => {
    const seen: unknown[][] = [];
    const trials = new Trials();
    await fmin({
      fn: square,
      space,
      trials,
      earlyStopFn: (given, ...state) => {
        expect(given).toBe(trials);
        seen.push(state);
        return [seen.length === 3, [seen.length, "kept"]];
      },
    });
    expect(seen).toEqual([[], [1, "kept"], [2, "kept"]]);
    expect(trials).toHaveLength(3);
  });

  test("an algorithm that proposes nothing ends the search", async () => {
    const algo: Algorithm = (ids, domain, trials, seed) =>
      trials.length < 4 ? randomly(ids, domain, trials, seed) : [];
    const trials = new Trials();
    await fmin({ fn: square, space, algo, maxEvals: 100, trials });
    expect(trials).toHaveLength(4);
  });

  test("an algorithm that proposes too many trials is refused", async () => {
    const algo: Algorithm = (ids, domain, trials, seed) => randomly([...ids, 99], domain, trials, seed);
    await expect(fmin({ fn: square, space, algo, maxEvals: 2 })).rejects.toThrow(
      "algo must return at most 1 trials, got 2",
    );
  });
});

describe("noProgressLoss", () => {
  const losses = async (values: readonly number[], percent = 0): Promise<number> => {
    const remaining = [...values];
    const trials = new Trials();
    await fmin({
      fn: () => remaining.shift() ?? 0,
      space,
      trials,
      maxEvals: 50,
      earlyStopFn: noProgressLoss(3, percent),
    });
    return trials.length;
  };

  test("counts the first trial as one without progress", async () => {
    expect(await losses([5, 5, 5, 5])).toBe(3);
    expect(await losses([5, 4, 4, 4, 4, 4])).toBe(5);
  });

  test("an improvement must exceed the percentage", async () => {
    expect(await losses([100, 99, 98, 97], 5)).toBe(3);
    expect(await losses([100, 94, 94, 94, 94], 5)).toBe(5);
  });

  test("refuses invalid counts", () => {
    expect(() => noProgressLoss(0)).toThrow("iterationStopCount must be an integer of at least 1, got 0");
    expect(() => noProgressLoss(1, -1)).toThrow("percentIncrease must be 0 or more, got -1");
  });
});

describe("results", () => {
  test("an object is stored, and its attachments separately", async () => {
    const trials = new Trials();
    const fn = ({ x }: { x: number }) =>
      ({
        status: STATUS_OK,
        loss: x,
        lossVariance: 0.1,
        note: "n",
        attachments: { model: "bytes" },
      }) as const;
    await fmin({ fn, space, maxEvals: 1, trials, seed: 1 });
    const [trial] = trials.trials;
    expect(trial!.result).toEqual({ status: "ok", loss: trials.vals["x"]![0], lossVariance: 0.1, note: "n" });
    expect(trials.trialAttachments(trial!).find("model")).toBe("bytes");
  });

  test("trials with status fail stay visible and are never the best", async () => {
    const trials = new Trials();
    const fn = ({ x }: { x: number }) => (x < 0 ? { status: STATUS_FAIL } : x);
    await fmin({ fn, space, maxEvals: 40, trials, seed: 1 });
    expect(trials.statuses()).toContain("fail");
    expect(trials.bestTrial.result.loss).toBeGreaterThanOrEqual(0);
  });

  const wrong: readonly (readonly [message: string, returned: unknown])[] = [
    ['InvalidLoss: the loss is NaN; return { status: "fail" } for a trial without a loss', Number.NaN],
    ["InvalidLoss: status ok needs a numeric loss, got undefined", { status: "ok" }],
    ['InvalidLoss: status ok needs a numeric loss, got "1"', { status: "ok", loss: "1" }],
    [
      'InvalidResultStatus: status must be one of new, running, suspended, ok, fail, got "good"',
      { status: "good" },
    ],
    ["InvalidResultStatus: fn must return a number or an object with a status, got undefined", undefined],
    [
      "InvalidLoss: lossVariance must be a number when given, got no",
      { status: "fail", lossVariance: { toString: () => "no" } },
    ],
  ];

  test.each(wrong)("%s", async (message, returned) => {
    const trials = new Trials();
    // Possible in a program without types.
    const fn = () => returned as number;
    await expect(fmin({ fn, space, maxEvals: 3, trials })).rejects.toMatchObject({
      code: "INVALID_PARAMETER_VALUE",
      message: `${message} (trial 0)`,
      details: { trialId: 0 },
    });
    expect(trials.docsInState(JOB_STATE_ERROR)).toHaveLength(1);
  });
});

describe("an objective that throws", () => {
  const failure = new RangeError("too far");
  const fn = ({ x }: { x: number }): number => {
    if (x < 0) throw failure;
    return x;
  };

  test("ends the search with its error, hides the trial and keeps the others", async () => {
    const trials = new Trials();
    const search = fmin({ fn, space, maxEvals: 50, trials, seed: 1 });
    await expect(search).rejects.toMatchObject({ code: "INTERNAL_ERROR", cause: failure });
    const [failed] = trials.docsInState(JOB_STATE_ERROR);
    await expect(search).rejects.toThrow(`too far (trial ${failed!.tid})`);
    expect(failed!.misc.error).toEqual(["RangeError", "too far"]);
    expect(trials.tids).not.toContain(failed!.tid);
    expect(trials.countByStateSynced(JOB_STATE_DONE)).toBe(trials.length);
  });

  test("does not end the search with catchEvalExceptions, and counts as an evaluation", async () => {
    const trials = new Trials();
    await fmin({ fn, space, maxEvals: 30, trials, seed: 1, catchEvalExceptions: true });
    const errors = trials.countByStateUnsynced(JOB_STATE_ERROR);
    expect(errors).toBeGreaterThan(0);
    expect(trials.length + errors).toBe(30);
    expect(trials.bestTrial.result.loss).toBeGreaterThanOrEqual(0);
  });

  test("every time makes the search reject with AllTrialsFailed", async () => {
    const always = (): number => {
      throw failure;
    };
    const search = fmin({ fn: always, space, maxEvals: 3, catchEvalExceptions: true });
    await expect(search).rejects.toMatchObject({ code: "INVALID_STATE" });
    await expect(search).rejects.toThrow("AllTrialsFailed: none of 3 trials");
  });

  test("may throw anything", async () => {
    // Anything can be thrown in JavaScript.
    const fn = (): number => {
      throw undefined; // oxlint-disable-line no-throw-literal -- the point of the test
    };
    await expect(fmin({ fn, space, maxEvals: 3 })).rejects.toMatchObject({ details: { trialId: 0 } });
  });
});

describe("the queue", () => {
  test("holds maxQueueLen trials, which are evaluated before the algorithm is asked again", async () => {
    const asked: number[][] = [];
    const algo: Algorithm = (ids, domain, trials, seed) => {
      asked.push([...ids]);
      return randomly(ids, domain, trials, seed);
    };
    await fmin({ fn: square, space, algo, maxEvals: 8, maxQueueLen: 3 });
    expect(asked).toEqual([
      [0, 1, 2],
      [3, 4, 5],
      [6, 7],
    ]);
  });

  test("parallelism is the number of trials that run at once", async () => {
    let running = 0;
    let most = 0;
    const fn = async ({ x }: { x: number }): Promise<number> => {
      most = Math.max(most, ++running);
      await sleep(1);
      running--;
      return x * x;
    };
    const trials = new Trials();
    await fmin({ fn, space, maxEvals: 30, parallelism: 4, trials, seed: 1 });
    expect(most).toBe(4);
    expect(running).toBe(0);
    expect(trials.countByStateSynced(JOB_STATE_DONE)).toBe(30);
  });

  test("an objective that fails cancels the others and ends the search", async () => {
    const failure = new RangeError("no");
    const trials = new Trials();
    const fn = async (
      _: unknown,
      { trialId, signal }: { trialId: number; signal: AbortSignal },
    ): Promise<number> => {
      if (trialId === 1) throw failure;
      await sleep(60_000, signal);
      return 0;
    };
    await expect(fmin({ fn, space, maxEvals: 9, parallelism: 3, trials })).rejects.toMatchObject({
      cause: failure,
      details: { trialId: 1 },
    });
    expect(trials.countByStateUnsynced(JOB_STATE_CANCEL)).toBe(2);
    expect(trials.countByStateUnsynced(JOB_STATE_RUNNING)).toBe(0);
  });

  test("a trial that ends at the same time as the failing one keeps its result", async () => {
    const trials = new Trials();
    const gate = Promise.withResolvers<void>();
    const fn = async (_: unknown, { trialId }: { trialId: number }): Promise<number> => {
      if (trialId === 1) gate.resolve();
      await gate.promise;
      if (trialId === 0) throw new RangeError("no");
      return trialId;
    };
    await expect(fmin({ fn, space, maxEvals: 2, parallelism: 2, trials })).rejects.toThrow("no");
    expect(trials.losses()).toEqual([1]);
    expect(trials.countByStateUnsynced(JOB_STATE_CANCEL)).toBe(0);
  });

  test("an early stop waits for running trials", async () => {
    const trials = new Trials();
    const fn = async (_: unknown, { trialId }: { trialId: number }): Promise<number> => {
      await sleep(trialId === 0 ? 1 : 10);
      return trialId;
    };
    await fmin({ fn, space, parallelism: 3, trials, earlyStopFn: () => [true, []] });
    expect(trials.statuses()).toEqual(["ok", "ok", "ok"]);
  });
});

describe("cancelling", () => {
  test("aborts the trial's signal, marks it CANCEL, rejects, and keeps the others", async () => {
    const controller = new AbortController();
    const trials = new Trials();
    const ended: number[] = [];
    const fn = async (
      _: unknown,
      { trialId, signal }: { trialId: number; signal: AbortSignal },
    ): Promise<number> => {
      if (trialId < 2) return trialId;
      setTimeout(() => controller.abort("enough"), 1);
      await sleep(60_000, signal).catch(() => ended.push(trialId));
      return 0;
    };
    const search = fmin({ fn, space, maxEvals: 9, trials, signal: controller.signal });
    await expect(search).rejects.toMatchObject({ code: "CANCELLED", cause: "enough" });
    expect(ended).toEqual([2]);
    expect(trials.losses()).toEqual([0, 1]);
    expect(trials.docsInState(JOB_STATE_CANCEL).map(({ tid }) => tid)).toEqual([2]);
    await fmin({ fn: () => 0, space, maxEvals: 4, trials });
    expect(trials.tids).toEqual([0, 1, 3, 4]);
  });

  test("does not wait forever for an objective that ignores its signal", async () => {
    vi.useFakeTimers();
    const controller = new AbortController();
    const fn = (): Promise<number> => new Promise(() => {});
    const search = fmin({ fn, space, maxEvals: 9, signal: controller.signal });
    const outcome = search.catch((error: unknown) => error as AppError); // fmin rejects with AppError when cancelled.
    await vi.advanceTimersByTimeAsync(1);
    controller.abort();
    await vi.advanceTimersByTimeAsync(5_000);
    expect(await outcome).toMatchObject({ code: "CANCELLED" });
  });

  test("reaches a search whose objective never waits", async () => {
    const signal = AbortSignal.timeout(30);
    await expect(fmin({ fn: square, space, algo: randomly, signal })).rejects.toMatchObject({
      code: "CANCELLED",
    });
  });

  test("before the start, nothing is evaluated", async () => {
    const fn = vi.fn(square);
    const search = fmin({ fn, space, maxEvals: 9, signal: AbortSignal.abort() });
    await expect(search).rejects.toMatchObject({ code: "CANCELLED" });
    expect(fn).not.toHaveBeenCalled();
  });
});

test("the hooks receive each trial and each logged line", async () => {
  const seen: [Trial["state"], FminProgress][] = [];
  const lines: unknown[] = [];
  let loss = 3;
  await fmin({
    fn: (_, { log, trialId }) => {
      log(`trial ${trialId}`);
      if (trialId === 1) throw new RangeError("no");
      return loss--;
    },
    space,
    maxEvals: 3,
    catchEvalExceptions: true,
    onTrial: (trial, progress) => seen.push([trial.state, progress]),
    onLog: (line) => lines.push(line),
  });
  expect(seen).toEqual([
    [JOB_STATE_DONE, { finishedCount: 1, maxEvals: 3, bestLoss: 3 }],
    [JOB_STATE_ERROR, { finishedCount: 2, maxEvals: 3, bestLoss: 3 }],
    [JOB_STATE_DONE, { finishedCount: 3, maxEvals: 3, bestLoss: 2 }],
  ]);
  expect(lines).toEqual([0, 1, 2].map((trialId) => ({ trialId, message: `trial ${trialId}` })));
});

test("trials record the times of their evaluation", async () => {
  let nowMs = 0;
  const trials = new Trials();
  const fn = (): number => {
    nowMs = 70;
    return 0;
  };
  await fmin({ fn, space, maxEvals: 1, trials, clock: { nowMs: () => nowMs } });
  expect(trials.trials[0]).toMatchObject({ bookTime: 0, refreshTime: 70 });
});

describe("refuses", () => {
  const wrong: readonly (readonly [message: string, options: object])[] = [
    ["one of maxEvals, timeout, lossThreshold, earlyStopFn and signal must be given", {}],
    ["maxEvals must be an integer of at least 0, got 1.5", { maxEvals: 1.5 }],
    ["timeout must be seconds greater than 0, got 0", { timeout: 0 }],
    ["lossThreshold must be a number, got NaN", { lossThreshold: Number.NaN }],
    ["seed must be an integer of at least 0, got -1", { seed: -1, maxEvals: 1 }],
    ["maxQueueLen must be an integer of at least 1, got 0", { maxQueueLen: 0, maxEvals: 1 }],
    ["parallelism must be an integer of at least 1, got 0", { parallelism: 0, maxEvals: 1 }],
    [
      "generateTrialsToCalculate(points) as trials",
      { maxEvals: 1, trials: new Trials(), pointsToEvaluate: [] },
    ],
    ['label "x" needs a number, got undefined', { maxEvals: 1, pointsToEvaluate: [{}] }],
    ["fn must be a function or a workerModule, got 7", { maxEvals: 1, fn: 7 }],
    ["DuplicateLabel", { maxEvals: 1, space: [hp.uniform("x", 0, 1), hp.uniform("x", 0, 1)] }],
  ];

  test.each(wrong)("%s", async (message, options) => {
    const search = fmin({ fn: square, space, ...options });
    await expect(search).rejects.toMatchObject({ code: "INVALID_PARAMETER_VALUE" });
    await expect(search).rejects.toThrow(message);
  });
});

test("a point without a value for an active label fails like any trial", async () => {
  const trials = generateTrialsToCalculate([{ y: 1 }]);
  await expect(fmin({ fn: square, space, maxEvals: 1, trials })).rejects.toThrow('label "x" needs a number');
  expect(trials.countByStateUnsynced(JOB_STATE_ERROR)).toBe(1);
  expect(trials.countByStateUnsynced(JOB_STATE_NEW)).toBe(0);
});

describe("resuming a killed search", () => {
  const uninterrupted = async (): Promise<Trials> => {
    const trials = new Trials();
    await fmin({ fn: square, space, algo: randomly, maxEvals: 9, trials, seed: 4 });
    return trials;
  };

  test("a trial that was running is evaluated again, and the total is maxEvals", async () => {
    const left = JSON.parse(JSON.stringify(await uninterrupted())) as { trials: { state: number }[] };
    left.trials[8]!.state = JOB_STATE_RUNNING;
    const trials = Trials.fromJSON(left);
    const fn = vi.fn(square);
    await fmin({ fn, space, algo: randomly, maxEvals: 9, trials, seed: 4 });
    expect(fn).toHaveBeenCalledTimes(1);
    expect(trials.countByStateSynced(JOB_STATE_DONE)).toBe(9);
  });

  test("the random numbers are those of an uninterrupted search", async () => {
    const whole = await uninterrupted();
    const trials = new Trials();
    await fmin({ fn: square, space, algo: randomly, maxEvals: 4, trials, seed: 4 });
    await fmin({ fn: square, space, algo: randomly, maxEvals: 9, trials, seed: 4 });
    expect(trials.vals).toEqual(whole.vals);
  });

  test("trialsSaveFile has every trial, and an incomplete last line is dropped", async () => {
    const folder = mkdtempSync(join(tmpdir(), "flightdeck-fmin-"));
    const trialsSaveFile = join(folder, "trials.jsonl");
    const options = { space, algo: randomly, seed: 4, trialsSaveFile };
    const fails = fmin({ ...options, fn: failAt(5), maxEvals: 9 });
    await expect(fails).rejects.toThrow("enough (trial 5)");
    appendFileSync(trialsSaveFile, '{"trial": {"ti');
    const seen: number[] = [];
    await fmin({ ...options, fn: square, maxEvals: 9, onTrial: ({ tid }) => seen.push(tid) });
    expect(seen).toEqual([6, 7, 8, 9]);
    const again = await fmin({ ...options, fn: failAt(0), maxEvals: 9 });
    expect(Object.keys(again)).toEqual(["x"]);
    writeFileSync(trialsSaveFile, '{"trial": 7}\n');
    await expect(fmin({ ...options, fn: square, maxEvals: 1 })).rejects.toThrow(
      `${trialsSaveFile}:1 holds no trial: InvalidTrial: trial must be an object, got 7`,
    );
    rmSync(folder, { recursive: true });
  });
});

function failAt(failing: number): Objective<{ x: number }> {
  return ({ x }, { trialId }) => {
    if (trialId === failing) throw new RangeError("enough");
    return x * x;
  };
}

describe("one trial", () => {
  test("has a signal that is aborted when the trial takes too long", async () => {
    const signals: AbortSignal[] = [];
    const trials = new Trials();
    const fn: Objective<{ x: number }> = async (_, { trialId, signal }) => {
      signals.push(signal);
      if (trialId === 1) await new Promise(() => {});
      return trialId;
    };
    const search = fmin({ fn, space, maxEvals: 3, trials, trialTimeout: 0.01, catchEvalExceptions: true });
    expect(await search).toEqual({ x: trials.vals["x"]![0] });
    expect(signals.map(({ aborted }) => aborted)).toEqual([false, true, false]);
    const [late] = trials.docsInState(JOB_STATE_ERROR);
    expect(late!.misc.error).toEqual(["AppError", "took longer than trialTimeout, 0.01 s"]);
    const never = fmin({ fn: () => new Promise<number>(() => {}), space, maxEvals: 1, trialTimeout: 0.01 });
    await expect(never).rejects.toMatchObject({
      code: "DEADLINE_EXCEEDED",
      message: "took longer than trialTimeout, 0.01 s (trial 0)",
    });
  });

  test("can report values, on which the pruner decides", async () => {
    const trials = new Trials();
    const seen: unknown[] = [];
    const fn: Objective<{ x: number }> = async (_, { trialId, report, shouldPrune }) => {
      for (let step = 1; step <= 3; step++) {
        report(trialId === 7 ? 9 : trialId / 100, step);
        if (await shouldPrune()) return { status: STATUS_SUSPENDED };
      }
      return trialId;
    };
    const onReport = (report: object): unknown => seen.push(report);
    await fmin({ fn, space, maxEvals: 8, trials, pruner: medianPruner(), onReport });
    expect(trials.statuses().slice(6)).toEqual(["suspended", "suspended"]);
    expect(trials.trials[7]!.misc.reports).toEqual([{ step: 1, value: 9 }]);
    expect(seen.at(-1)).toEqual({ trialId: 7, step: 1, value: 9 });
    expect(Trials.fromJSON(JSON.parse(JSON.stringify(trials))).trials).toEqual(trials.trials);
    const wrong = fmin({ fn: (_, { report }) => (report(1, -1), 0), space, maxEvals: 1 });
    await expect(wrong).rejects.toThrow("an integer of at least 0; got value 1, step -1 (trial 0)");
  });
});
