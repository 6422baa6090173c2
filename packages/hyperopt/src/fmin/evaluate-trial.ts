import { AppError, cancelled, type Clock, isAppError, messageOf } from "@flightdeck/core";
import type { Executor } from "../executor/executor.ts";
import { checkReport } from "../executor/objective.ts";
import { spaceEval } from "../space/space-eval.ts";
import type { Domain } from "../space/domain.ts";
import type { SpaceValue } from "../space/space-value.ts";
import {
  JOB_STATE_CANCEL,
  JOB_STATE_DONE,
  JOB_STATE_ERROR,
  JOB_STATE_RUNNING,
  type JobState,
} from "../trials/states.ts";
import { assignmentOf, type Trial } from "../trials/trial.ts";
import type { SearchRecord } from "../trials/search-record.ts";
import type { Trials } from "../trials/trials.ts";
import type { FminOptions } from "./fmin-options.ts";
import { parseObjectiveResult } from "./objective-result.ts";

export type EvaluateTrialOptions<TSpace> = Pick<
  FminOptions<TSpace>,
  "trialTimeout" | "pruner" | "onLog" | "onReport"
> & {
  readonly trials: Trials;
  readonly domain: Domain<TSpace>;
  readonly executor: Executor<SpaceValue<TSpace>>;
  readonly clock: Clock;
  readonly record: SearchRecord | undefined;
  readonly runIdOf: ((trialId: number) => Promise<string>) | undefined;
};

/** How an evaluation ended. `failure` is present when the objective threw or its result was invalid. */
export type Outcome = { readonly trial: Trial; readonly failure?: AppError };

/** A running trial. */
export type RunningTrial = {
  readonly trial: Trial;
  /** Never rejects. */
  readonly outcome: Promise<Outcome>;
  /** Sets the state to CANCEL, unless the trial has ended, and aborts its signal. */
  cancel(reason: unknown): void;
};

/** Moves a NEW trial to RUNNING, and to DONE or ERROR when its objective ends. */
export function startTrial<TSpace>(trial: Trial, options: EvaluateTrialOptions<TSpace>): RunningTrial {
  const { clock } = options;
  const abort = new AbortController();
  moveTo(trial, JOB_STATE_RUNNING, clock);
  trial.bookTime = trial.refreshTime;
  options.record?.begin(trial);
  const cancel = (reason: unknown): void => {
    if (trial.state === JOB_STATE_RUNNING) moveTo(trial, JOB_STATE_CANCEL, clock);
    abort.abort(reason ?? cancelled(abort.signal));
  };
  return { trial, outcome: conclude(trial, evaluate(trial, abort, options), options), cancel };
}

/** Waits for the objective and records how it ended. A trial that was cancelled meanwhile stays CANCEL. */
async function conclude<TSpace>(
  trial: Trial,
  returning: Promise<unknown>,
  { trials, clock }: EvaluateTrialOptions<TSpace>,
): Promise<Outcome> {
  try {
    const { result, attachments } = parseObjectiveResult(await returning);
    if (isCancelled(trial)) return { trial };
    trial.result = result;
    const target = trials.trialAttachments(trial);
    for (const [name, attachment] of Object.entries(attachments)) target.set(name, attachment);
    moveTo(trial, JOB_STATE_DONE, clock);
    return { trial };
  } catch (error) {
    if (isCancelled(trial)) return { trial };
    trial.misc.error = [nameOf(error), messageOf(error)];
    moveTo(trial, JOB_STATE_ERROR, clock);
    return { trial, failure: attributed(error, trial.tid) };
  }
}

async function evaluate<TSpace>(
  trial: Trial,
  abort: AbortController,
  options: EvaluateTrialOptions<TSpace>,
): Promise<unknown> {
  const { domain, executor, trials, trialTimeout, pruner, onLog, onReport, runIdOf } = options;
  const trialId = trial.tid;
  const evaluating = executor.evaluate({
    trialId,
    value: spaceEval(domain.space, assignmentOf(trial)),
    signal: abort.signal,
    log: (message) => onLog?.({ trialId, message }),
    output: (message, stream) => onLog?.({ trialId, message, stream }),
    report: (value, step) => {
      addReport(trial, value, step);
      onReport?.({ trialId, value, step });
    },
    runId: runIdOf && (() => runIdOf(trialId)),
    shouldPrune: async () => pruner?.(trial, trials.trials) ?? false,
  });
  return trialTimeout === undefined ? evaluating : within(evaluating, trialTimeout, abort);
}

/** Rejects and aborts the trial's signal when the promise takes longer than this many seconds. */
async function within(promise: Promise<unknown>, seconds: number, abort: AbortController): Promise<unknown> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    const error = new AppError("DEADLINE_EXCEEDED", `took longer than trialTimeout, ${seconds} s`);
    late.reject(error);
    abort.abort(error);
  }, seconds * 1000);
  try {
    return await Promise.race([promise, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}

function addReport(trial: Trial, value: number, step: number): void {
  checkReport(value, step);
  (trial.misc.reports ??= []).push({ step, value });
}

/** Adds the trial's number to the objective's error and keeps the original as its cause. */
function attributed(error: unknown, trialId: number): AppError {
  const code = isAppError(error) ? error.code : "INTERNAL_ERROR";
  const details = { ...(isAppError(error) ? error.details : {}), trialId };
  return new AppError(code, `${messageOf(error)} (trial ${trialId})`, { cause: error, details });
}

function moveTo(trial: Trial, state: JobState, clock: Clock): void {
  trial.state = state;
  trial.refreshTime = clock.nowMs();
}

function isCancelled(trial: Trial): boolean {
  return trial.state === JOB_STATE_CANCEL;
}

function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : typeof error;
}
