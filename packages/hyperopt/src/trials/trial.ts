import type { Assignment } from "../space/assignment.ts";

import { JOB_STATE_NEW, type JobState } from "./job-state.ts";
import { STATUS_NEW, type Status } from "./status.ts";

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
};

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
