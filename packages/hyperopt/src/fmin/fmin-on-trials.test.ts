import { AppError } from "@flightdeck/core";
import { describe, expect, test } from "vitest";
import { type ExecutorFactory, inProcessExecutor } from "../executor/executor.ts";
import type { Objective } from "../executor/objective.ts";
import * as hp from "../space/hp.ts";
import { JOB_STATE_CANCEL, JOB_STATE_DONE } from "../trials/states.ts";
import { Trials } from "../trials/trials.ts";
import { fmin } from "./fmin.ts";

const space = { x: hp.uniform("x", -5, 5) };

test("a view shows the trials of one key, and trials.fmin continues with them", async () => {
  const trials = new Trials({ expKey: "a" });
  const search = { fn: ({ x }: { x: number }) => x, space: { x: hp.uniform("x", 0, 1) }, seed: 1 };
  await trials.fmin({ ...search, maxEvals: 3 });
  const other = trials.view("b");
  expect(other.length).toBe(0);
  await other.fmin({ ...search, maxEvals: 2 });
  trials.refresh();
  expect(trials.tids).toEqual([0, 1, 2]);
  expect(other.tids).toEqual([3, 4]);
  expect(trials.view().tids).toEqual([0, 1, 2, 3, 4]);
});

describe("an executor that cancels when the search stops", () => {
  const executor: ExecutorFactory = (options) => ({ ...inProcessExecutor(options), cancelsOnStop: true });
  const search = { space, executor, parallelism: 2, seed: 1 } as const;
  const forever: Objective<{ x: number }> = (_, { signal }) =>
    new Promise((_resolve, reject) => signal.addEventListener("abort", () => reject(signal.reason as Error)));
  const firstOnly: Objective<{ x: number }> = (value, context) =>
    context.trialId === 0 ? 1 : forever(value, context);

  test("running trials are cancelled when the time is up, and finished ones are kept", async () => {
    const trials = new Trials();
    await fmin({ ...search, fn: firstOnly, timeout: 0.3, trials });
    expect(statesOf(trials)).toEqual([JOB_STATE_DONE, JOB_STATE_CANCEL, JOB_STATE_CANCEL]);
  });

  test("running trials are cancelled when the loss is low enough or the search stops early, even after the last proposal", async () => {
    for (const end of [{ lossThreshold: 2 }, { earlyStopFn: () => [true, []] as const }]) {
      const trials = new Trials();
      await fmin({ ...search, ...end, fn: firstOnly, maxEvals: 2, trials });
      expect(statesOf(trials)).toEqual([JOB_STATE_DONE, JOB_STATE_CANCEL]);
    }
  });

  test("a factory that rejects ends the search before its first trial", async () => {
    const trials = new Trials();
    const refusing: ExecutorFactory = () =>
      Promise.reject(new AppError("UNAUTHENTICATED", "no such cluster"));
    await expect(fmin({ ...search, fn: () => 1, executor: refusing, maxEvals: 2, trials })).rejects.toThrow(
      "no such cluster",
    );
    expect(trials.length).toBe(0);
  });

  function statesOf(trials: Trials): number[] {
    return trials
      .view()
      .toJSON()
      .trials.map(({ state }) => state);
  }
});
