import { existsSync, readFileSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { AppError } from "@flightdeck/core";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import type { ExecutorFactory } from "../executor/executor.ts";
import { workerModule } from "../executor/objective.ts";
import type { FminOptions, TrialLogLine } from "../fmin/fmin-options.ts";
import { fmin } from "../fmin/fmin.ts";
import * as hp from "../space/hp.ts";
import { suggest as randomly } from "../suggest/rand.ts";
import { JOB_STATE_CANCEL, JOB_STATE_DONE, JOB_STATE_ERROR } from "../trials/states.ts";
import type { Trial } from "../trials/trial.ts";
import { Trials } from "../trials/trials.ts";
import type * as objectives from "./objectives.ts";
import type { Point } from "./objectives.ts";

/** Optional abilities of an executor. Tests of abilities that it lacks are skipped. */
export type ExecutorFeatures = {
  /** Trials run outside this thread, so they can be killed however busy they are, and their output is passed on. */
  readonly isolates: boolean;
  /** Trials run in separate processes, whose child processes end with them. */
  readonly ownsProcesses: boolean;
  /** Factor by which timeouts are multiplied. Default 1. */
  readonly patience?: number | undefined;
};

const space = {
  x: hp.uniform("x", 1, 2),
  kind: hp.choice("kind", [{ name: "small", sizes: [10, 20] }] as readonly Point["kind"][]),
};
type Space = typeof space;

/** Tests that every executor must pass. Needs vitest. */
export function testExecutor(name: string, executor: ExecutorFactory, features: ExecutorFeatures): void {
  const { patience = 1 } = features;
  const search = (
    fn: keyof typeof objectives,
    options: Partial<Omit<FminOptions<Space>, "fn" | "space" | "returnArgmin">> = {},
  ): Promise<unknown> =>
    fmin({
      fn: workerModule<Point>("./objectives.ts", fn),
      space,
      executor,
      algo: randomly,
      seed: 1,
      maxEvals: 1,
      trials: new Trials(),
      ...options,
    });

  describe(`${name}: passes between the search and its workers`, () => {
    test("the point, the result with its extras, and attachments", async () => {
      const trials = new Trials();
      await search("readsAll", { trials, maxEvals: 3, parallelism: 2 });
      for (const trial of trials) {
        const { tid } = trial;
        const x = trial.misc.vals["x"]?.[0] ?? 0;
        expect(trial.result).toEqual({ status: "ok", loss: x + 30, kind: "small", trialId: tid });
        expect(trials.trialAttachments(trial).find("note")).toBe(`trial ${tid}`);
      }
    });

    test("logs and reports in order, and the pruner's answers", async () => {
      const lines: string[] = [];
      const trials = new Trials();
      const pruner = ({ tid }: Trial): boolean => tid === 1;
      const onLog = ({ message }: TrialLogLine): void => void lines.push(message);
      await search("learns", { trials, maxEvals: 2, parallelism: 1, pruner, onLog });
      expect(lines).toEqual(["trial 0 at 0", "trial 0 at 1", "trial 0 at 2", "trial 1 at 0"]);
      expect(trials.statuses()).toEqual(["ok", "suspended"]);
      expect(trials.miscs.map(({ reports }) => reports)).toEqual([
        [0, 1, 2].map((step) => ({ step, value: 1 })),
        [{ step: 0, value: 9 }],
      ]);
    });

    test.skipIf(!features.isolates)("lines on standard output and error, each with its trial", async () => {
      const lines: TrialLogLine[] = [];
      await search("writes", { maxEvals: 2, parallelism: 1, onLog: (line) => void lines.push(line) });
      const of = (stream: string): unknown[] =>
        lines.filter((line) => line.stream === stream).map(({ trialId, message }) => [trialId, message]);
      expect(of("stdout")).toEqual([
        [0, "out 0"],
        [0, "without an end"],
        [1, "out 1"],
        [1, "without an end"],
      ]);
      expect(of("stderr")).toEqual([
        [0, "err 0"],
        [1, "err 1"],
      ]);
    });

    test("the requested number of trials at once", async () => {
      const folder = await newFolder();
      const fn = workerModule<{ folder: string; count: number }>("./objectives.ts", "meets");
      const trials = new Trials();
      await fmin({
        fn,
        space: { folder, count: 3 },
        algo: randomly,
        executor,
        parallelism: 3,
        maxQueueLen: 3,
        maxEvals: 3,
        trials,
      });
      expect(trials.statuses()).toEqual(["ok", "ok", "ok"]);
    });
  });

  describe(`${name}: reports with the trial's number`, () => {
    test.each([
      ["throws", "no data (trial 0)"],
      [
        "returnsNaN",
        'InvalidLoss: the loss is NaN; return { status: "fail" } for a trial without a loss (trial 0)',
      ],
      ["returnsNothing", "fn must return a number or an object with a status, got undefined (trial 0)"],
      [
        "reportsText",
        "report takes a number and a step, an integer of at least 0; got value low, step 1 (trial 0)",
      ],
    ] as const)("%s", async (fn, message) => {
      await expect(search(fn)).rejects.toThrow(message);
    });

    test("the name of a thrown error", async () => {
      const trials = new Trials();
      await expect(search("throws", { trials, catchEvalExceptions: true })).rejects.toThrow(
        "AllTrialsFailed",
      );
      expect(trials.docsInState(JOB_STATE_ERROR)[0]?.misc.error).toEqual(["RangeError", "no data"]);
    });

    test("a module that does not load or lacks the export", async () => {
      const broken = pathToFileURL(join(await newFolder(), "broken.mjs"));
      await writeFile(broken, "throw new RangeError('no such column');");
      const load = (module: URL | string): Promise<unknown> =>
        fmin({ fn: workerModule<Point>(module, "missing"), space, executor, algo: randomly, maxEvals: 1 });
      await expect(load(broken)).rejects.toThrow(/broken\.mjs does not load: no such column \(trial 0\)/);
      await expect(load("./objectives.ts")).rejects.toThrow(
        /^module \S+ must export a function "missing", it exports [\w, ]+ \(trial 0\)$/,
      );
    });

    test.skipIf(!features.isolates)("a value that cannot be sent to or from a worker", async () => {
      await expect(search("returnsFunction")).rejects.toThrow(
        /^what the objective returned cannot leave its worker: .*\(trial 0\)$/,
      );
      const fn = workerModule<{ f: () => void }>("./objectives.ts", "readsAll");
      const unsendable = { f: (): void => {} };
      await expect(fmin({ fn, space: unsendable, executor, maxEvals: 1 })).rejects.toThrow(
        /^the point cannot be sent to a worker: .*\(trial 0\)$/,
      );
    });

    test.skipIf(!features.isolates)("a crash with its last output, and an uncaught error", async () => {
      await expect(search("exits")).rejects.toThrow(
        /the worker ended with exit code 3 before fn returned; it wrote: out of beans \(trial 0\)/,
      );
      await expect(search("failsInTheBackground")).rejects.toThrow(
        /late failure( before fn returned)? \(trial 0\)$/,
      );
    });

    test("an error thrown by onLog, for a logged message and for a line of output", async () => {
      const failing = (stream: string | undefined) => (line: TrialLogLine) => {
        if (line.stream === stream) throw new RangeError("no disk");
      };
      await expect(search("learns", { onLog: failing(undefined) })).rejects.toThrow("no disk (trial 0)");
      if (!features.isolates) return;
      await expect(search("writes", { onLog: failing("stdout") })).rejects.toThrow("no disk (trial 0)");
    });

    test("each failed trial, and continues if catchEvalExceptions is set", async () => {
      const trials = new Trials();
      const failing = features.isolates ? "exits" : "throws";
      await expect(
        search(failing, { trials, maxEvals: 3, catchEvalExceptions: true, parallelism: 1 }),
      ).rejects.toThrow("AllTrialsFailed");
      // Failed trials are not visible, so the search ends by its number of proposals.
      expect(trials.docsInState(JOB_STATE_ERROR).length).toBe(3);
    });

    test.skipIf(!features.isolates)("a plain function, which cannot be sent to a worker", async () => {
      await expect(fmin({ fn: () => 1, space, executor, maxEvals: 1 })).rejects.toThrow(
        /needs fn to be a workerModule/,
      );
    });
  });

  describe(`${name}: ends when cancelled`, () => {
    test("a trial that takes too long, while the others continue", async () => {
      const trials = new Trials();
      const options = {
        trials,
        maxEvals: 2,
        parallelism: 2,
        trialTimeout: 3 * patience,
        catchEvalExceptions: true,
      } as const;
      const { onLog, pids } = pidsOf();
      await search("onlyFirstEnds", { ...options, onLog });
      expect(trials.docsInState(JOB_STATE_DONE).map(({ tid }) => tid)).toEqual([0]);
      expect(trials.docsInState(JOB_STATE_ERROR).map(({ misc }) => misc.error?.[1])).toEqual([
        `took longer than trialTimeout, ${3 * patience} s`,
      ]);
      if (features.ownsProcesses) await expectGone(pids);
    });

    test.skipIf(!features.isolates)(
      "running trials when the search stops early or its time is up",
      async () => {
        for (const end of [{ earlyStopFn: () => [true, []] as const }, { timeout: 2 * patience }]) {
          const trials = new Trials();
          const { onLog, pids } = pidsOf();
          await search("onlyFirstEnds", { trials, maxEvals: 2, parallelism: 2, onLog, ...end });
          const states = trials.toJSON().trials.map(({ state }) => state);
          expect(states).toEqual([JOB_STATE_DONE, JOB_STATE_CANCEL]);
          // On slow executors a trial may be cancelled before it starts.
          if (features.ownsProcesses && (patience === 1 || pids.length > 0)) await expectGone(pids);
        }
      },
    );

    test("the search with all its trials", async () => {
      const controller = new AbortController();
      const { onLog, pids } = pidsOf((count) => count === 2 && controller.abort());
      const trials = new Trials();
      const options = { trials, maxEvals: 4, parallelism: 2, signal: controller.signal, onLog };
      await expect(search("waitsForSignal", options)).rejects.toThrow(
        expect.objectContaining<Partial<AppError>>({ code: "CANCELLED" }),
      );
      expect(trials.docsInState(JOB_STATE_CANCEL)).toHaveLength(2);
      if (features.ownsProcesses) await expectGone(pids);
    });

    test.skipIf(!features.isolates).each(["neverSettles", "spins"] as const)(
      "a trial that %s",
      async (fn) => {
        const { onLog, pids } = pidsOf();
        await expect(search(fn, { trialTimeout: 3 * patience, onLog })).rejects.toThrow(
          `took longer than trialTimeout, ${3 * patience} s (trial 0)`,
        );
        if (features.ownsProcesses) await expectGone(pids);
        else for (const pid of pids) if (pid !== process.pid) process.kill(pid);
      },
    );
  });
}

/** Collects the process ids that objectives log. */
function pidsOf(onPid: (count: number) => unknown = () => {}): {
  onLog: (line: TrialLogLine) => void;
  pids: number[];
} {
  const pids: number[] = [];
  const onLog = ({ message }: TrialLogLine): void => {
    const [, pid] = /^pid (\d+)$/.exec(message) ?? [];
    if (pid !== undefined) onPid(pids.push(Number(pid)));
  };
  return { onLog, pids };
}

/** Fails if a process still exists one second after the search, which has waited for its workers to end. */
export async function expectGone(pids: readonly number[]): Promise<void> {
  expect(pids.length).toBeGreaterThan(0);
  await vi.waitFor(() => expect(pids.filter(isThere)).toEqual([]), { timeout: 1000, interval: 20 });
}

/** A zombie counts as gone: in a container without an init, nothing reaps orphans. */
function isThere(pid: number): boolean {
  try {
    process.kill(pid, 0);
    const stat = existsSync("/proc/self/stat") ? readFileSync(`/proc/${pid}/stat`, "latin1") : "";
    return !/\) [ZX] /.test(stat);
  } catch {
    return false;
  }
}

async function newFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "flightdeck-executor-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}
