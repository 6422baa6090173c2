import { hyperoptError } from "../hyperopt-error.ts";
import { inProcessExecutor } from "../executor/executor.ts";
import type { Executor, ExecutorOptions } from "../executor/executor.ts";
import type { FminOptions } from "../fmin/fmin-options.ts";
import type { Assignment } from "../space/assignment.ts";
import { averageBestError } from "./average-best-error.ts";
import type { JobState, Status } from "./states.ts";
import { assignmentOf, newTrial, okLossOf, type Trial, type TrialMisc, type TrialResult } from "./trial.ts";
import { TrialStore, TrialView } from "./trial-store.ts";
import { parseTrial, recordAt, trialToWire, type TrialWire } from "./trial-wire.ts";

/** See `Trials`. */
export type TrialsOptions = {
  /** Names the experiment; every inserted trial must carry it. Default: none. */
  readonly expKey?: string | null | undefined;
};

/** `Trials` as JSON. */
export type TrialsWire = {
  readonly exp_key: string | null;
  readonly trials: readonly TrialWire[];
  readonly attachments: Readonly<Record<string, unknown>>;
};

/** The attachments of one trial: named values that are kept beside its document. */
export type TrialAttachments = {
  has(name: string): boolean;
  /** The value, or undefined when there is none of that name. */
  find(name: string): unknown;
  set(name: string, value: unknown): void;
  delete(name: string): boolean;
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
  #store = new TrialStore();
  #view: TrialView;

  constructor(options: TrialsOptions = {}) {
    this.expKey = options.expKey ?? null;
    this.#view = new TrialView(this.#store, this.expKey);
  }

  /** Reads what `toJSON` wrote; throws `InvalidTrial` naming what is wrong. */
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

  /** All documents, also failed and cancelled ones, and the attachments, which must be JSON values to survive. */
  toJSON(): TrialsWire {
    return {
      exp_key: this.expKey,
      trials: this.#view.docs.map(trialToWire),
      attachments: Object.fromEntries(this.attachments),
    };
  }

  /** The same documents, ids and attachments, of which only those with the given key show; null shows all. */
  view(expKey: string | null = null): Trials {
    const view = new Trials({ expKey });
    view.#store = this.#store;
    view.#view = new TrialView(this.#store, expKey);
    view.refresh();
    return view;
  }

  /** `fmin` with these trials. */
  async fmin<TSpace>(options: Omit<FminOptions<TSpace>, "trials" | "returnArgmin">): Promise<Assignment> {
    // Loaded when called, for fmin itself needs this file.
    const { fmin } = await import("../fmin/fmin.ts");
    return fmin<TSpace>({ ...options, trials: this });
  }

  [Symbol.iterator](): Iterator<Trial> {
    return this.trials[Symbol.iterator]();
  }

  /** The number of visible trials. */
  get length(): number {
    return this.trials.length;
  }

  /** The visible trials, in the order of insertion. */
  get trials(): readonly Trial[] {
    return this.#view.visible;
  }

  /** The id of each visible trial. */
  get tids(): number[] {
    return this.trials.map(({ tid }) => tid);
  }

  /** The spec of each visible trial; null unless a program puts something there. */
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

  /** By label, the values it had in the trials in which it was active. */
  get vals(): Record<string, number[]> {
    return concatByLabel(this.miscs.map(({ vals }) => vals));
  }

  /** The loss of each visible trial, undefined where it has none. */
  losses(): (number | undefined)[] {
    return this.trials.map(({ result }) => result.loss);
  }

  /** The status of each visible trial's result. */
  statuses(): Status[] {
    return this.trials.map(({ result }) => result.status);
  }

  /** The first of the trials with status ok that has the smallest loss; throws `AllTrialsFailed` when there is none. */
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

  /** See `averageBestError`: the best trial's true loss, averaged when losses carry a variance. */
  averageBestError(): number {
    return averageBestError(this.results);
  }

  /** Makes inserted documents visible and hides those that failed or were cancelled since, whoever changed them. */
  refresh(): void {
    this.#view.refresh();
  }

  /** `refresh` for a caller that changes only trials that wait or run: takes time for those alone. */
  refreshOpen(): void {
    this.#view.refreshOpen();
  }

  /** The trials that waited or ran at the last refresh, in the order of insertion. */
  get openTrials(): Iterable<Trial> {
    return this.#view.open;
  }

  /**
   * What the refreshes saw, in order: a trial stands here when it became visible and again when it ended. An algorithm
   * reads on from where it was; an array that is not the one from last time means that it starts afresh.
   */
  get journal(): readonly Trial[] {
    return this.#view.journal;
  }

  /** Adds documents, which become visible at the next refresh; throws `InvalidTrial`. Returns their tids. */
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

  /** Forgets all trials and attachments; ids are not used again. */
  deleteAll(): void {
    this.#store.clear();
    this.refresh();
  }

  /** How many visible trials are in the given state or states. */
  countByStateSynced(states: JobState | readonly JobState[]): number {
    return countByState(this.trials, states);
  }

  /** How many inserted documents are in the given state or states, visible or not. */
  countByStateUnsynced(states: JobState | readonly JobState[]): number {
    return countByState(this.#view.docs, states);
  }

  /** The inserted documents in a state, visible or not, in the order of insertion. */
  docsInState(state: JobState): Trial[] {
    return this.#view.docs.filter((doc) => doc.state === state);
  }

  /** Attachments of all trials by their full names; see `trialAttachments`. */
  get attachments(): Map<string, unknown> {
    return this.#store.attachments;
  }

  /** The attachments of one trial by name. They are kept under hyperopt's keys. */
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

  /** What evaluates these trials for one `fmin`: this process. Trials that run elsewhere override it. */
  createExecutor<TValue>(options: ExecutorOptions<TValue>): Executor<TValue> {
    return inProcessExecutor(options);
  }
}

/** A `Trials` that holds the given documents, already refreshed. Throws `InvalidTrial`. */
export function trialsFromDocs(docs: readonly Trial[], options: TrialsOptions = {}): Trials {
  const trials = new Trials(options);
  trials.insertTrialDocs(docs);
  trials.refresh();
  return trials;
}

/**
 * Trials that hold the given points, to be evaluated before the search begins. Each point gives the raw value of every
 * active label; a choice is the index of its option. Passed to `fmin` as they are, the points come on top of `maxEvals`.
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

/** Says how many failed, and what the last one said. */
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
