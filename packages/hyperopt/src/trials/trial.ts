import type { Assignment } from "../space/assignment.ts";
import {
  JOB_STATE_CANCEL,
  JOB_STATE_ERROR,
  JOB_STATE_NEW,
  JOB_STATE_RUNNING,
  type JobState,
  STATUS_NEW,
  STATUS_OK,
  type Status,
} from "./states.ts";

/** What is known of a trial's outcome; keys beside these are the objective's own. */
export type TrialResult = {
  readonly status: Status;
  readonly loss?: number;
  /** The variance of `loss`, when it is an estimate. */
  readonly lossVariance?: number;
  /** The loss that counts, when `loss` is a surrogate for it. */
  readonly trueLoss?: number;
  readonly [key: string]: unknown;
};

/** What identifies a trial and the point of the space that it stands for. */
export type TrialMisc = {
  readonly tid: number;
  readonly cmd: unknown;
  readonly workdir: string | null;
  /** By label: `[tid]` when the label is active in this trial, `[]` when not. */
  readonly idxs: Readonly<Record<string, readonly number[]>>;
  /** By label: `[value]` when the label is active in this trial, `[]` when not. A choice is the index of its option. */
  readonly vals: Readonly<Record<string, readonly number[]>>;
  /** The trial that this one re-evaluates; TPE takes the best of those with one origin. */
  readonly fromTid?: number;
  /** The name and the message of what the objective threw. */
  error?: readonly [name: string, message: string];
  /** What the objective reported while it ran, in order; absent when it reported nothing. */
  reports?: TrialReport[];
};

/** One value that an objective reported on its way, for example the loss after an epoch. */
export type TrialReport = { readonly step: number; readonly value: number };

/** One trial document, with hyperopt's fields. `fmin` updates the state, the result and the times in place. */
export type Trial = {
  state: JobState;
  readonly tid: number;
  readonly spec: unknown;
  result: TrialResult;
  readonly misc: TrialMisc;
  readonly expKey: string | null;
  readonly owner: unknown;
  readonly version: number;
  /** When the evaluation began, UTC milliseconds. */
  bookTime: number | null;
  /** When the document last changed, UTC milliseconds. */
  refreshTime: number | null;
};

/** See `newTrial`. */
export type NewTrialOptions = {
  readonly tid: number;
  readonly assignment: Assignment;
  /** Every label of the space; those that are not assigned are recorded as inactive. Default: the assigned ones. */
  readonly labels?: readonly string[];
  readonly expKey?: string | null;
};

/** A trial that waits to be evaluated at an assignment: what search algorithms return. */
export function newTrial({ tid, assignment, labels, expKey = null }: NewTrialOptions): Trial {
  const idxs: Record<string, number[]> = {};
  const vals: Record<string, number[]> = {};
  for (const label of labels ?? Object.keys(assignment)) {
    const value = Object.hasOwn(assignment, label) ? assignment[label] : undefined;
    idxs[label] = value === undefined ? [] : [tid];
    vals[label] = value === undefined ? [] : [value];
  }
  const misc = { tid, cmd: ["domain_attachment", "FMinIter_Domain"], workdir: null, idxs, vals };
  return {
    state: JOB_STATE_NEW,
    tid,
    spec: null,
    result: { status: STATUS_NEW },
    misc,
    expKey,
    owner: null,
    version: 0,
    bookTime: null,
    refreshTime: null,
  };
}

/** The raw values of a trial's active labels. */
export function assignmentOf(trial: Trial): Assignment {
  const assignment: Record<string, number> = {};
  for (const [label, values] of Object.entries(trial.misc.vals)) {
    const [value] = values;
    if (value !== undefined) assignment[label] = value;
  }
  return assignment;
}

/** The loss of a trial that ended with status ok; undefined for all others, and for a loss that is NaN. */
export function okLossOf({ result: { status, loss } }: Trial): number | undefined {
  return status !== STATUS_OK || loss === undefined || Number.isNaN(loss) ? undefined : loss;
}

/** Whether a trial still waits or runs, so that it may change. */
export function isOpen({ state }: Trial): boolean {
  return state === JOB_STATE_NEW || state === JOB_STATE_RUNNING;
}

/** Whether a `Trials` shows it: all but those that failed or were cancelled. */
export function isVisible({ state }: Trial): boolean {
  return state !== JOB_STATE_ERROR && state !== JOB_STATE_CANCEL;
}
