import { hyperoptError } from "../hyperopt-error.ts";
import type { Assignment } from "../space/assignment.ts";
import { averageBestError } from "./average-best-error.ts";
import type { JobState, Status } from "./states.ts";
import { assignmentOf, newTrial, okLossOf, type Trial, type TrialMisc, type TrialResult } from "./trial.ts";
import { TrialStore, TrialView } from "./trial-store.ts";
import { parseTrial, recordAt, trialToWire, type TrialWire } from "./trial-wire.ts";

/** See `Trials`. */
export type TrialsOptions = {
  /** The experiment's key, which every inserted trial must have. Default: none. */
  readonly expKey?: string | null | undefined;
};

/** `Trials` as JSON. */
export type TrialsWire = {
  readonly exp_key: string | null;
  readonly trials: readonly TrialWire[];
  readonly attachments: Readonly<Record<string, unknown>>;
};

/** The attachments of one trial: named values stored in addition to its document. */
export type TrialAttachments = {
  has(name: string): boolean;
  /** The value, or undefined. */
  find(name: string): unknown;
  set(name: string, value: unknown): void;
  delete(name: string): boolean;
};

/**
 * The history of a search: every proposed point and its result. Pass it to `fmin` to keep the history, and pass it again to resume
 * the search.
 *
 * As in hyperopt, there are two views. All inserted documents are kept; `trials`, `length` and everything computed from them only
 * show documents that were NEW, RUNNING or DONE at the last `refresh()`.
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
  #store = new TrialStore();
  #view: TrialView;

  constructor(options: TrialsOptions = {}) {
    this.expKey = options.expKey ?? null;
    this.#view = new TrialView(this.#store, this.expKey);
  }

  /** Parses the output of `toJSON`. Throws `InvalidTrial` with the reason. */
  static fromJSON(json: unknown): Trials {
    const wire = recordAt(json, "trials document");
    const expKey = wire["exp_key"] ?? null;
    if (expKey !== null && typeof expKey !== "string") {
      throw hyperoptError("InvalidTrial", `exp_key must be a string or null, got ${JSON.stringify(expKey)}`);
    }
    if (!Array.isArray(wire["trials"])) throw hyperoptError("InvalidTrial", "trials must be an array");
    const trials = trialsFromDocs(wire["trials"].map(parseTrial), { expKey });
    for (const [name, value] of Object.entries(recordAt(wire["attachments"] ?? {}, "attachments"))) {
      trials.attachments.set(name, value);
    }
    return trials;
  }

  /** All documents, including failed and cancelled ones, and attachments, which must be JSON values. */
  toJSON(): TrialsWire {
    return {
      exp_key: this.expKey,
      trials: this.#view.docs.map(trialToWire),
      attachments: Object.fromEntries(this.attachments),
    };
  }

  /** A view of the same documents, ids and attachments that only shows documents with the given key. Null shows all. */
  view(expKey: string | null = null): Trials {
    const view = new Trials({ expKey });
    view.#store = this.#store;
    view.#view = new TrialView(this.#store, expKey);
    view.refresh();
    return view;
  }

  [Symbol.iterator](): Iterator<Trial> {
    return this.trials[Symbol.iterator]();
  }

  /** The number of visible trials. */
  get length(): number {
    return this.trials.length;
  }

  /** The visible trials, in order of insertion. */
  get trials(): readonly Trial[] {
    return this.#view.visible;
  }

  /** The id of each visible trial. */
  get tids(): number[] {
    return this.trials.map(({ tid }) => tid);
  }

  /** The spec of each visible trial. Null unless a program sets it. */
  get specs(): unknown[] {
    return this.trials.map(({ spec }) => spec);
  }

  /** The result of each visible trial. */
  get results(): TrialResult[] {
    return this.trials.map(({ result }) => result);
  }

  /** The ids and values of each visible trial. */
  get miscs(): TrialMisc[] {
    return this.trials.map(({ misc }) => misc);
  }

  /** By label, the tids of the trials in which it was active. */
  get idxs(): Record<string, number[]> {
    return concatByLabel(this.miscs.map(({ idxs }) => idxs));
  }

  /** By label, its values in the trials in which it was active. */
  get vals(): Record<string, number[]> {
    return concatByLabel(this.miscs.map(({ vals }) => vals));
  }

  /** The loss of each visible trial, undefined if it has none. */
  losses(): (number | undefined)[] {
    return this.trials.map(({ result }) => result.loss);
  }

  /** The status of each visible trial's result. */
  statuses(): Status[] {
    return this.trials.map(({ result }) => result.status);
  }

  /** The first trial with status ok and the smallest loss. Throws `AllTrialsFailed` when there is none. */
  get bestTrial(): Trial {
    let best: Trial | undefined;
    let bestLoss = Number.NaN;
    for (const trial of this.trials) {
      const loss = okLossOf(trial);
      if (loss === undefined || (best !== undefined && loss >= bestLoss)) continue;
      best = trial;
      bestLoss = loss;
    }
    if (best !== undefined) return best;
    throw hyperoptError("AllTrialsFailed", allFailed(this.#view.docs));
  }

  /** The raw values of the best trial. */
  get argmin(): Assignment {
    return assignmentOf(this.bestTrial);
  }

  /** The best trial's true loss, averaged if losses have a variance. */
  averageBestError(): number {
    return averageBestError(this.results);
  }

  /** Shows newly inserted documents and hides those that failed or were cancelled, whoever changed them. */
  refresh(): void {
    this.#view.refresh();
  }

  /** Faster `refresh` for callers that change only waiting and running trials: it looks only at those and at new ones. */
  refreshOpen(): void {
    this.#view.refreshOpen();
  }

  /** The trials that were waiting or running at the last refresh, in order of insertion. */
  get openTrials(): Iterable<Trial> {
    return this.#view.open;
  }

  /**
   * The changes seen by refreshes, in order: a trial appears when it becomes visible and again when it ends. An algorithm
   * continues reading where it stopped. If the array is a different one, it must start over.
   */
  get journal(): readonly Trial[] {
    return this.#view.journal;
  }

  /** Adds documents, which become visible at the next refresh, and returns their tids. Throws `InvalidTrial`. */
  insertTrialDocs(docs: readonly Trial[]): number[] {
    for (const { expKey } of docs) {
      if (expKey === this.expKey) continue;
      throw hyperoptError("InvalidTrial", `expKey must be ${this.expKey}, got ${expKey}`);
    }
    return this.#store.insert(docs);
  }

  /** Reserves `count` ids for new trials. */
  newTrialIds(count: number): number[] {
    return this.#store.newIds(count);
  }

  /**
   * For the history of a killed search: makes unused ids below the highest one available again, so that the search repeats its
   * proposals for them.
   */
  reuseIds(): void {
    this.#store.reuseIds();
  }

  /** Removes all trials and attachments. Their ids are not reused. */
  deleteAll(): void {
    this.#store.clear();
    this.refresh();
  }

  /** The number of visible trials in the given state or states. */
  countByStateSynced(states: JobState | readonly JobState[]): number {
    return countByState(this.trials, states);
  }

  /** The number of inserted documents in the given state or states, visible or not. */
  countByStateUnsynced(states: JobState | readonly JobState[]): number {
    return countByState(this.#view.docs, states);
  }

  /** The inserted documents in a state, visible or not, in order of insertion. */
  docsInState(state: JobState): Trial[] {
    return this.#view.docs.filter((doc) => doc.state === state);
  }

  /** Attachments of all trials by full name. See `trialAttachments`. */
  get attachments(): Map<string, unknown> {
    return this.#store.attachments;
  }

  /** The attachments of one trial by name. They are stored under hyperopt's keys. */
  trialAttachments({ tid }: Trial): TrialAttachments {
    const { attachments } = this;
    const key = (name: string): string => `ATTACH::${tid}::${name}`;
    return {
      has: (name) => attachments.has(key(name)),
      find: (name) => attachments.get(key(name)),
      set: (name, value) => void attachments.set(key(name), value),
      delete: (name) => attachments.delete(key(name)),
    };
  }
}

/** Creates a refreshed `Trials` with the given documents. Throws `InvalidTrial`. */
export function trialsFromDocs(docs: readonly Trial[], options: TrialsOptions = {}): Trials {
  const trials = new Trials(options);
  trials.insertTrialDocs(docs);
  trials.refresh();
  return trials;
}

/**
 * Creates trials with points to evaluate before the search starts. Each point has the raw value of every active label; a choice is
 * the index of its option. The points come on top of `maxEvals` when passed to `fmin`.
 *
 * @example
 * ```ts
 * const trials = generateTrialsToCalculate([{ x: 0 }, { x: 0.5 }]);
 * await fmin({ fn: ({ x }) => x * x, space: { x: hp.uniform("x", -1, 1) }, maxEvals: 8, trials, seed: 1 });
 * trials.length; // 10
 * ```
 */
export function generateTrialsToCalculate(points: readonly Assignment[]): Trials {
  const trials = new Trials();
  trials.insertTrialDocs(points.map((assignment, tid) => newTrial({ tid, assignment })));
  return trials;
}

/** A message with the number of trials and the error of the last one. */
function allFailed(docs: readonly Trial[]): string {
  const message = `none of ${docs.length} trials ended with status ok and a loss`;
  const last = docs.findLast(({ misc }) => misc.error !== undefined);
  return last === undefined
    ? message
    : `${message}; trial ${last.tid} failed: ${last.misc.error?.join(": ")}`;
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
