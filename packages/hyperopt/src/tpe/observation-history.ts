import type { Domain } from "../space/domain.ts";
import { isDiscrete, type Prior } from "../space/prior.ts";
import { isVisible, type Trial } from "../trials/trial.ts";
import type { Trials } from "../trials/trials.ts";
import { LOG_ARGUMENT_MIN } from "./mixture-density.ts";
import { ObservationColumn } from "./observation-column.ts";

/** hyperopt limits the good trials to the number that linear forgetting keeps at full weight. */
const BELOW_COUNT_MAX = 25;

/** How many of `count` trials TPE considers good: gamma·√count, rounded up, at most 25. */
export function belowCount(count: number, gamma: number): number {
  return Math.min(Math.ceil(gamma * Math.sqrt(count)), BELOW_COUNT_MAX);
}

/**
 * The observations of TPE: the visible trials in order of their tids. Follows a growing `Trials` through its journal, and starts
 * over when trials vanished or were inserted in between.
 */
export class ObservationHistory {
  readonly #domain: Domain;
  #journal: readonly Trial[] = [];
  #readCount = 0;
  #rowOf = new Map<Trial, number>();
  #losses: number[] = [];
  #lastTid = -1;
  /** The rows with the lowest losses, lowest first, earlier rows first among equals. As many as can be good. */
  #best: number[] = [];
  #below = new Set<number>();
  #columns: ReadonlyMap<string, ObservationColumn> = new Map();

  constructor(domain: Domain) {
    this.#domain = domain;
  }

  /** The number of observed trials. */
  get length(): number {
    return this.#losses.length;
  }

  /** Brings the history up to date with the visible trials. */
  follow(trials: Trials): void {
    const { journal } = trials;
    if (journal !== this.#journal || !this.#readOn(journal)) this.#startAfresh(trials);
    this.#journal = journal;
    this.#readCount = journal.length;
  }

  /** Splits by loss into the gamma·√n best trials and the others, and returns the observations of a label. */
  split(gamma: number): (label: string) => ObservationColumn {
    const below = new Set(this.#best.slice(0, belowCount(this.length, gamma)));
    for (const row of this.#below) if (!below.has(row)) this.#move(row, false);
    for (const row of below) if (!this.#below.has(row)) this.#move(row, true);
    this.#below = below;
    return (label) => this.#columns.get(label) as ObservationColumn; // Every label of the space has one.
  }

  /** Returns false when the new entries are not just additions at the end. */
  #readOn(journal: readonly Trial[]): boolean {
    for (let i = this.#readCount; i < journal.length; i++) {
      const trial = journal[i] as Trial; // Below the length.
      const row = this.#rowOf.get(trial);
      if (!isVisible(trial)) {
        if (row !== undefined) return false;
      } else if (row !== undefined) {
        this.#setLoss(row, lossOf(trial));
      } else if (trial.tid <= this.#lastTid || trial.misc.fromTid !== undefined) {
        return false;
      } else {
        this.#add(trial);
      }
    }
    return true;
  }

  #startAfresh(trials: Trials): void {
    this.#rowOf = new Map();
    this.#losses = [];
    this.#best = [];
    this.#below = new Set();
    this.#columns = new Map(
      this.#domain.parameters.map(({ label, prior }) => [label, new ObservationColumn(prior)]),
    );
    for (const trial of trialsByOrigin(trials.trials)) this.#add(trial);
  }

  #add(trial: Trial): void {
    const row = this.#losses.length;
    this.#rowOf.set(trial, row);
    this.#losses.push(Number.POSITIVE_INFINITY);
    this.#lastTid = Math.max(this.#lastTid, trial.tid);
    for (const { label, prior } of this.#domain.parameters) {
      const value = trial.misc.vals[label]?.[0];
      if (value !== undefined) this.#columns.get(label)?.add(row, toFittedSpace(prior, value));
    }
    this.#setLoss(row, lossOf(trial));
  }

  /** A loss can only fall, from +∞ while the trial has none. */
  #setLoss(row: number, loss: number): void {
    const losses = this.#losses;
    const best = this.#best;
    if (loss === losses[row] && best.includes(row)) return;
    losses[row] = loss;
    const known = best.indexOf(row);
    if (known >= 0) best.splice(known, 1);
    const isBefore = (other: number): boolean =>
      (losses[other] ?? 0) < loss || (losses[other] === loss && other < row);
    const place = best.findIndex((other) => !isBefore(other));
    best.splice(place < 0 ? best.length : place, 0, row);
    if (best.length > BELOW_COUNT_MAX) best.pop();
  }

  #move(row: number, toBelow: boolean): void {
    for (const column of this.#columns.values()) column.move(row, toBelow);
  }
}

/** Log priors are fitted to logarithms. A rounded value may be 0, which hyperopt raises to the lower bound or 1e-12. */
function toFittedSpace(prior: Prior, value: number): number {
  if (isDiscrete(prior) || !prior.log) return value;
  if (prior.q === undefined) return Math.log(value);
  const valueMin = prior.family === "uniform" ? Math.exp(prior.low) : 0;
  return Math.log(Math.max(value, valueMin, LOG_ARGUMENT_MIN));
}

/**
 * The trials in order of their tids. Several trials with one origin (`misc.fromTid`) count as one at the origin's position: the one
 * with the lowest loss, the last among equals.
 */
function trialsByOrigin(trials: readonly Trial[]): readonly Trial[] {
  const best = new Map<number, Trial>();
  for (const trial of trials) {
    const origin = trial.misc.fromTid ?? trial.tid;
    const known = best.get(origin);
    if (known === undefined || lossOf(trial) <= lossOf(known)) best.set(origin, trial);
  }
  return [...best.entries()].sort(([a], [b]) => a - b).map(([, trial]) => trial);
}

function lossOf({ result: { loss } }: Trial): number {
  return loss === undefined || Number.isNaN(loss) ? Number.POSITIVE_INFINITY : loss;
}
