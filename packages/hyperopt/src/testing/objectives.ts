import { spawn } from "node:child_process";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { sleep } from "@flightdeck/core";
import type { Objective } from "../executor/objective.ts";
import { STATUS_OK, STATUS_SUSPENDED } from "../trials/states.ts";

/* The objectives of the conformance suite for executors. */

export type Point = {
  readonly x: number;
  readonly kind: { readonly name: string; readonly sizes: readonly number[] };
};

/** The loss shows that every part of the point arrived. */
export const readsAll: Objective<Point> = ({ x, kind }, { trialId }) => ({
  status: STATUS_OK,
  loss: x + kind.sizes.reduce((sum, size) => sum + size, 0),
  kind: kind.name,
  trialId,
  attachments: { note: `trial ${trialId}` },
});

/** Logs and reports three steps, and stops when it should be pruned. */
export const learns: Objective<Point> = async (_, { log, report, shouldPrune, trialId }) => {
  for (let step = 0; step < 3; step++) {
    log(`trial ${trialId} at ${step}`);
    report(trialId === 1 ? 9 : 1, step);
    if (await shouldPrune()) return { status: STATUS_SUSPENDED };
  }
  return 1;
};

export const writes: Objective<Point> = (_, { trialId }) => {
  process.stdout.write(`out ${trialId}\n`);
  process.stderr.write(`err ${trialId}\n`);
  process.stdout.write("without an end");
  return 1;
};

export const throws: Objective<Point> = () => {
  throw new RangeError("no data");
};

export const returnsNaN: Objective<Point> = () => Number.NaN;

export const returnsNothing = (): void => {};

export const returnsFunction: Objective<Point> = () => ({ status: STATUS_OK, loss: 1, model: () => 1 });

export const reportsText: Objective<Point> = (_, { report }) => {
  report("low" as unknown as number, 1); // Possible in a program without types.
  return 1;
};

/** Trial 0 returns at once; the others log their process id and wait for their signal. */
export const onlyFirstEnds: Objective<Point> = (_, context) =>
  context.trialId === 0 ? 1 : waitsForSignal(_, context);

export const waitsForSignal: Objective<Point> = async (_, { signal, log }) => {
  log(`pid ${process.pid}`);
  await sleep(1e9, signal).catch(() => {});
  log(`stopped`);
  throw signal.reason;
};

/** Ignores its signal, and starts a program that would outlive it. */
export const neverSettles: Objective<Point> = (_, { log }) => {
  const child = spawn("sleep", ["1000"], { stdio: "inherit" });
  log(`pid ${process.pid}`);
  log(`pid ${child.pid}`);
  return new Promise(() => {});
};

/** Blocks its thread. */
export const spins: Objective<Point> = async (_, { log }) => {
  log(`pid ${process.pid}`);
  await sleep(20); // Lets the log line leave the worker.
  for (;;);
};

export const exits: Objective<Point> = () => {
  process.stderr.write("out of beans\n");
  process.exit(3);
};

export const failsInTheBackground: Objective<Point> = () => {
  setTimeout(() => {
    throw new RangeError("late failure");
  }, 1);
  return new Promise(() => {});
};

/** Returns once `count` trials run at the same time. */
export const meets = async (
  point: { readonly folder: string; readonly count: number },
  { trialId }: { trialId: number },
): Promise<number> => {
  writeFileSync(join(point.folder, String(trialId)), "");
  const ids = Array.from({ length: point.count }, (_, id) => String(id));
  while (!ids.every((id) => existsSync(join(point.folder, id)))) await sleep(5);
  return 1;
};
