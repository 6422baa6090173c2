import type { AppError } from "@flightdeck/core";
import { hyperoptError } from "../hyperopt-error.ts";
import { inProcessExecutor } from "../executor/in-process-executor.ts";
import type { Executor, ExecutorOptions } from "../executor/executor.ts";
import type { Assignment } from "../space/assignment.ts";
import { averageBestError } from "./average-best-error.ts";
import { trialAttachments, type TrialAttachments } from "./trial-attachments.ts";
import { JOB_STATE_CANCEL, JOB_STATE_ERROR, type JobState } from "./job-state.ts";
import { STATUS_OK, type Status } from "./status.ts";
import { assignmentOf, type Trial, type TrialMisc, type TrialResult } from "./trial.ts";
import { parseTrial, recordAt, trialToWire, type TrialWire } from "./trial-wire.ts";

/** See `Trials`. */
export type TrialsOptions = {
  /** Names the experiment; every inserted trial must carry it. Default: none. */
  readonly expKey?: string | null;
};

/** `Trials` as JSON. */
export type TrialsWire = {
  readonly exp_key: string | null;
  readonly trials: readonly TrialWire[];
  readonly attachments: Readonly<Record<string, unknown>>;
};

/**
 * The history of a search: every point that was proposed and what came of it. Pass it to `fmin` to keep the history,
 * and pass it again to go on where the last search ended.
 *
 * As in hyperopt there are two views. Inserted documents are kept whatever their state; `trials`, `length` and all that
 * is computed from them show those that were NEW, RUNNING or DONE at the last `refresh()`.
 *
 * @example
 * ```ts
 * const trials = new Trials();
 * await fmin({ fn: ({ x }) => x * x, space: { x: hp.uniform("x", -1, 1) }, maxEvals: 30, trials, seed: 1 });
 * trials.bestTrial.result.loss; // the smallest of trials.losses()
 * ```
 */
export class Trials implements Iterable<Trial> {
  readonly expKey: string | null;
  /** Attachments of all trials by their full names; see `trialAttachments`. */
  readonly attachments: Map<string, unknown> = new Map();
  private readonly docs: Trial[] = [];
  private readonly insertedTids = new Set<number>();
  private visible: readonly Trial[] = [];
  private nextTid = 0;

  constructor(options: TrialsOptions = {}) {
    this.expKey = options.expKey ?? null;
  }

  /** Reads what `toJSON` wrote; throws `InvalidTrial` naming what is wrong. */
  static fromJSON(json: unknown): Trials {
    const wire = recordAt(json, "trials document");
    const expKey = wire["exp_key"] ?? null;
    if (expKey !== null && typeof expKey !== "string") {
      throw hyperoptError("InvalidTrial", `exp_key must be a string or null, got ${JSON.stringify(expKey)}`);
    }
    const trials = new Trials({ expKey });
    if (!Array.isArray(wire["trials"])) throw hyperoptError("InvalidTrial", "trials must be an array");
    trials.insertTrialDocs(wire["trials"].map(parseTrial));
    for (const [name, value] of Object.entries(recordAt(wire["attachments"] ?? {}, "attachments"))) {
      trials.attachments.set(name, value);
    }
    trials.refresh();
    return trials;
  }

  /** All documents, also failed and cancelled ones, and the attachments, which must be JSON values to survive. */
  toJSON(): TrialsWire {
    return {
      exp_key: this.expKey,
      trials: this.docs.map(trialToWire),
      attachments: Object.fromEntries(this.attachments),
    };
  }

  [Symbol.iterator](): Iterator<Trial> {
    return this.visible[Symbol.iterator]();
  }

  /** The number of visible trials. */
  get length(): number {
    return this.visible.length;
  }

  /** The visible trials, in the order of insertion. */
  get trials(): readonly Trial[] {
    return this.visible;
  }

  /** The id of each visible trial. */
  get tids(): number[] {
    return this.visible.map(({ tid }) => tid);
  }

  /** The spec of each visible trial; null unless a program puts something there. */
  get specs(): unknown[] {
    return this.visible.map(({ spec }) => spec);
  }

  /** The result of each visible trial. */
  get results(): TrialResult[] {
    return this.visible.map(({ result }) => result);
  }

  /** The ids and values of each visible trial. */
  get miscs(): TrialMisc[] {
    return this.visible.map(({ misc }) => misc);
  }

  /** By label, the tids of the trials in which it was active. */
  get idxs(): Record<string, number[]> {
    return concatByLabel(this.miscs.map(({ idxs }) => idxs));
  }

  /** By label, the values it had in the trials in which it was active. */
  get vals(): Record<string, number[]> {
    return concatByLabel(this.miscs.map(({ vals }) => vals));
  }

  /** The loss of each visible trial, undefined where it has none. */
  losses(): (number | undefined)[] {
    return this.visible.map(({ result }) => result.loss);
  }

  /** The status of each visible trial's result. */
  statuses(): Status[] {
    return this.visible.map(({ result }) => result.status);
  }

  /** The first of the trials with status ok that has the smallest loss; throws `AllTrialsFailed` when there is none. */
  get bestTrial(): Trial {
    let best: Trial | undefined;
    let bestLoss = Number.NaN;
    for (const trial of this.visible) {
      const { status, loss } = trial.result;
      if (status !== STATUS_OK || loss === undefined || Number.isNaN(loss)) continue;
      if (best !== undefined && loss >= bestLoss) continue;
      best = trial;
      bestLoss = loss;
    }
    if (best !== undefined) return best;
    throw hyperoptError(
      "AllTrialsFailed",
      `none of ${this.docs.length} trials ended with status ok and a loss`,
    );
  }

  /** The raw values of the best trial. */
  get argmin(): Assignment {
    return assignmentOf(this.bestTrial);
  }

  /** See `averageBestError`: the best trial's true loss, averaged when losses carry a variance. */
  averageBestError(): number {
    return averageBestError(this.results);
  }

  /** Makes inserted documents visible and hides those that failed or were cancelled since. */
  refresh(): void {
    this.visible = this.docs.filter(isVisible);
  }

  /** Adds documents, which become visible at the next `refresh`; throws `InvalidTrial`. Returns their tids. */
  insertTrialDocs(docs: readonly Trial[]): number[] {
    const batch = new Set<number>();
    for (const doc of docs) {
      this.checkTrial(doc);
      if (batch.has(doc.tid)) throw tidInUse(doc.tid);
      batch.add(doc.tid);
    }
    for (const doc of docs) {
      this.docs.push(doc);
      this.insertedTids.add(doc.tid);
      this.nextTid = Math.max(this.nextTid, doc.tid + 1);
    }
    return docs.map(({ tid }) => tid);
  }

  /** Reserves `count` ids for new trials. */
  newTrialIds(count: number): number[] {
    const first = this.nextTid;
    this.nextTid += count;
    return Array.from({ length: count }, (_, offset) => first + offset);
  }

  /** Forgets all trials and attachments; ids are not used again. */
  deleteAll(): void {
    this.docs.length = 0;
    this.insertedTids.clear();
    this.attachments.clear();
    this.refresh();
  }

  /** How many visible trials are in the given state or states. */
  countByStateSynced(states: JobState | readonly JobState[]): number {
    return countByState(this.visible, states);
  }

  /** How many inserted documents are in the given state or states, visible or not. */
  countByStateUnsynced(states: JobState | readonly JobState[]): number {
    return countByState(this.docs, states);
  }

  /** The inserted documents in a state, visible or not, in the order of insertion. */
  docsInState(state: JobState): Trial[] {
    return this.docs.filter((doc) => doc.state === state);
  }

  /** The attachments of one trial by name. */
  trialAttachments(trial: Trial): TrialAttachments {
    return trialAttachments(this.attachments, trial.tid);
  }

  /** What evaluates these trials for one `fmin`: this process. Trials that run elsewhere override it. */
  createExecutor<TValue>(options: ExecutorOptions<TValue>): Executor<TValue> {
    return inProcessExecutor(options);
  }

  private checkTrial(doc: Trial): void {
    if (doc.tid !== doc.misc.tid) {
      throw hyperoptError("InvalidTrial", `misc.tid must be the trial's tid ${doc.tid}, got ${doc.misc.tid}`);
    }
    if (doc.expKey !== this.expKey) {
      throw hyperoptError("InvalidTrial", `expKey must be ${this.expKey}, got ${doc.expKey}`);
    }
    if (this.insertedTids.has(doc.tid)) throw tidInUse(doc.tid);
  }
}

function tidInUse(tid: number): AppError {
  return hyperoptError("InvalidTrial", `tid ${tid} is already in use`);
}

function isVisible(doc: Trial): boolean {
  return doc.state !== JOB_STATE_ERROR && doc.state !== JOB_STATE_CANCEL;
}

function countByState(docs: readonly Trial[], states: JobState | readonly JobState[]): number {
  const wanted: readonly JobState[] = typeof states === "number" ? [states] : states;
  let count = 0;
  for (const doc of docs) if (wanted.includes(doc.state)) count++;
  return count;
}

function concatByLabel(
  records: readonly Readonly<Record<string, readonly number[]>>[],
): Record<string, number[]> {
  const all: Record<string, number[]> = {};
  for (const record of records) {
    for (const [label, values] of Object.entries(record)) (all[label] ??= []).push(...values);
  }
  return all;
}
