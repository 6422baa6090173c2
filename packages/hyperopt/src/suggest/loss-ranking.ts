import type { Domain } from "../space/domain.ts";
import { isVisible, type Trial } from "../trials/trial.ts";
import type { Trials } from "../trials/trials.ts";

/** How many of the best trials are kept in order for each label. Higher ranks are almost never drawn. */
const KEPT_MAX = 256;

/** When fewer are left after trials vanished, all trials are sorted again. */
const KEPT_MIN = 64;

type Entry = { readonly trial: Trial; readonly row: number; loss: number };

/**
 * Ranks the visible trials by loss, separately for each label among the trials in which it is active. Earlier trials come first
 * among equals, trials without a loss last. Follows a growing `Trials` through its journal, at a cost that does not depend on the
 * number of trials.
 */
export class LossRanking {
  readonly #labels: ReadonlyMap<string, LabelRanking>;
  #entries = new Map<Trial, Entry>();
  #journal: readonly Trial[] = [];
  #readCount = 0;
  #rowCount = 0;

  constructor({ parameters }: Domain) {
    this.#labels = new Map(parameters.map(({ label }) => [label, new LabelRanking()]));
  }

  /** Brings the ranking up to date with the visible trials. */
  follow(trials: Trials): void {
    const { journal } = trials;
    if (journal !== this.#journal) this.#startAfresh();
    this.#journal = journal;
    for (; this.#readCount < journal.length; this.#readCount++) {
      this.#read(journal[this.#readCount] as Trial); // Below the length.
    }
  }

  /** The number of trials in which a label is active. */
  countOf(label: string): number {
    return this.#labels.get(label)?.count ?? 0;
  }

  /** The trial at a rank (0 is the best) among those in which a label is active, or the last one if there are fewer. */
  at(label: string, rank: number): Trial | undefined {
    const ranking = this.#labels.get(label);
    if (ranking === undefined || ranking.count === 0) return undefined;
    const place = Math.min(rank, ranking.count - 1);
    if (place >= ranking.best.length) this.#rank(label, ranking, place + 1);
    return ranking.best[place]?.trial;
  }

  #startAfresh(): void {
    this.#entries = new Map();
    this.#readCount = 0;
    this.#rowCount = 0;
    for (const ranking of this.#labels.values()) ranking.clear();
  }

  #read(trial: Trial): void {
    const known = this.#entries.get(trial);
    const loss = lossOf(trial);
    if (!isVisible(trial)) {
      if (known !== undefined) this.#remove(known);
    } else if (known === undefined) {
      const entry = { trial, row: this.#rowCount++, loss };
      this.#entries.set(trial, entry);
      for (const ranking of this.#rankingsOf(trial)) ranking.add(entry);
    } else if (known.loss !== loss) {
      const rankings = [...this.#rankingsOf(trial)];
      for (const ranking of rankings) ranking.remove(known);
      known.loss = loss;
      for (const ranking of rankings) ranking.add(known);
    }
  }

  #remove(entry: Entry): void {
    this.#entries.delete(entry.trial);
    for (const ranking of this.#rankingsOf(entry.trial)) ranking.remove(entry);
  }

  *#rankingsOf({ misc }: Trial): Iterable<LabelRanking> {
    for (const [label, ranking] of this.#labels) if (misc.vals[label]?.[0] !== undefined) yield ranking;
  }

  /** Sorts all trials of a label and keeps at least `count`. */
  #rank(label: string, ranking: LabelRanking, count: number): void {
    const active = [...this.#entries.values()].filter(
      ({ trial }) => trial.misc.vals[label]?.[0] !== undefined,
    );
    ranking.keep(active.sort(compare), Math.max(count, KEPT_MAX));
  }
}

/** The best of the trials in which one label is active. */
class LabelRanking {
  /** In order. All trials that are not in it rank after the last one. */
  best: Entry[] = [];
  count = 0;

  clear(): void {
    this.best = [];
    this.count = 0;
  }

  keep(sorted: Entry[], countMax: number): void {
    this.best = sorted.slice(0, countMax);
  }

  add(entry: Entry): void {
    const isComplete = this.best.length === this.count;
    this.count++;
    const place = this.#placeOf(entry);
    if (place === this.best.length && !isComplete) return; // Trials that are not kept may be better.
    this.best.splice(place, 0, entry);
    if (this.best.length > KEPT_MAX) this.best.pop();
  }

  remove(entry: Entry): void {
    this.count--;
    const place = this.#placeOf(entry);
    if (this.best[place] !== entry) return;
    this.best.splice(place, 1);
    if (this.best.length < KEPT_MIN && this.best.length < this.count) this.best = [];
  }

  /** The first position whose entry is not better, by bisection. */
  #placeOf(entry: Entry): number {
    let [low, high] = [0, this.best.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (compare(this.best[middle] as Entry, entry) < 0) low = middle + 1; // Below the length.
      else high = middle;
    }
    return low;
  }
}

function compare(a: Entry, b: Entry): number {
  return a.loss === b.loss ? a.row - b.row : a.loss - b.loss;
}

function lossOf({ result: { loss } }: Trial): number {
  return loss === undefined || Number.isNaN(loss) ? Number.POSITIVE_INFINITY : loss;
}
