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

/** The result of a trial. Other keys are set by the objective. */
export type TrialResult = {
  readonly status: Status;
  readonly loss?: number;
  /** The variance of `loss`, if the loss is an estimate. */
  readonly lossVariance?: number;
  /** The real loss, if `loss` is a surrogate for it. */
  readonly trueLoss?: number;
  readonly [key: string]: unknown;
};

/** The trial's id and the point of the space that it evaluates. */
export type TrialMisc = {
  readonly tid: number;
  readonly cmd: unknown;
  readonly workdir: string | null;
  /** By label: `[tid]` if the label is active in this trial, otherwise `[]`. */
  readonly idxs: Readonly<Record<string, readonly number[]>>;
  /** By label: `[value]` if the label is active in this trial, otherwise `[]`. A choice is the index of its option. */
  readonly vals: Readonly<Record<string, readonly number[]>>;
  /** The trial that this one re-evaluates. TPE uses the best trial of each origin. */
  readonly fromTid?: number;
  /** The name and message of the error that the objective threw. */
  error?: readonly [name: string, message: string];
  /** The objective's reports, in order. Absent without reports. */
  reports?: TrialReport[];
};

/** An intermediate value reported by an objective, for example the loss after an epoch. */
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
  /** Start of the evaluation, UTC milliseconds. */
  bookTime: number | null;
  /** Last change of the document, UTC milliseconds. */
  refreshTime: number | null;
};

/** See `newTrial`. */
export type NewTrialOptions = {
  readonly tid: number;
  readonly assignment: Assignment;
  /** All labels of the space. Labels that are not assigned are recorded as inactive. Default: the assigned labels. */
  readonly labels?: readonly string[];
  readonly expKey?: string | null;
};

/** Creates a trial to be evaluated at an assignment, as search algorithms return it. */
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

/** The loss of a trial with status ok. Undefined for all others, and for a NaN loss. */
export function okLossOf({ result: { status, loss } }: Trial): number | undefined {
  return status !== STATUS_OK || loss === undefined || Number.isNaN(loss) ? undefined : loss;
}

/** Whether a trial is still waiting or running and may change. */
export function isOpen({ state }: Trial): boolean {
  return state === JOB_STATE_NEW || state === JOB_STATE_RUNNING;
}

/** Whether a `Trials` shows the trial: all except failed and cancelled ones. */
export function isVisible({ state }: Trial): boolean {
  return state !== JOB_STATE_ERROR && state !== JOB_STATE_CANCEL;
}
