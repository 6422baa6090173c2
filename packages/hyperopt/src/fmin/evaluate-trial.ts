import { type Clock, messageOf } from "@flightdeck/core";
import { spaceEval } from "../space/space-eval.ts";
import type { Domain } from "../space/domain.ts";
import type { SpaceValue } from "../space/space-value.ts";
import {
  JOB_STATE_CANCEL,
  JOB_STATE_DONE,
  JOB_STATE_ERROR,
  JOB_STATE_RUNNING,
  type JobState,
} from "../trials/job-state.ts";
import { assignmentOf, type Trial } from "../trials/trial.ts";
import type { Trials } from "../trials/trials.ts";
import type { Executor } from "../executor/executor.ts";
import { parseObjectiveResult } from "./parse-objective-result.ts";

export type EvaluateTrialOptions<TSpace> = {
  readonly trial: Trial;
  readonly trials: Trials;
  readonly domain: Domain<TSpace>;
  readonly executor: Executor<SpaceValue<TSpace>>;
  readonly signal: AbortSignal;
  readonly log: (message: string) => void;
  readonly clock: Clock;
};

/** How an evaluation ended. `failure` holds what was thrown, which may be anything, also undefined. */
export type Outcome = { readonly trial: Trial; readonly failure?: { readonly error: unknown } };

/**
 * Takes one NEW trial through RUNNING to DONE or ERROR. Never rejects: what the objective threw is in the outcome. A
 * trial that was cancelled meanwhile stays CANCEL, whatever the objective still returns.
 */
export async function evaluateTrial<TSpace>(options: EvaluateTrialOptions<TSpace>): Promise<Outcome> {
  const { trial, trials, domain, executor, signal, log, clock } = options;
  moveTo(trial, JOB_STATE_RUNNING, clock);
  trial.bookTime = trial.refreshTime;
  try {
    const value = spaceEval(domain.space, assignmentOf(trial));
    const returned = await executor.evaluate({ trialId: trial.tid, value, signal, log });
    const { result, attachments } = parseObjectiveResult(returned);
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
    return { trial, failure: { error } };
  }
}

/** Sets the state and stamps the time. */
export function moveTo(trial: Trial, state: JobState, clock: Clock): void {
  trial.state = state;
  trial.refreshTime = clock.nowMs();
}

function isCancelled(trial: Trial): boolean {
  return trial.state === JOB_STATE_CANCEL;
}

function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : typeof error;
}
