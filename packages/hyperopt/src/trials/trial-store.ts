import { hyperoptError } from "../hyperopt-error.ts";
import { isOpen, isVisible, type Trial } from "./trial.ts";

/** All documents of one or several `Trials` that are views of each other. */
export class TrialStore {
  readonly docs: Trial[] = [];
  readonly attachments: Map<string, unknown> = new Map();
  #tids = new Set<number>();
  #nextTid = 0;

  /** Adds documents, all or none; throws `InvalidTrial`. Returns their tids. */
  insert(docs: readonly Trial[]): number[] {
    const batch = new Set<number>();
    for (const { tid, misc } of docs) {
      if (tid !== misc.tid) {
        throw hyperoptError("InvalidTrial", `misc.tid must be the trial's tid ${tid}, got ${misc.tid}`);
      }
      if (this.#tids.has(tid) || batch.has(tid)) {
        throw hyperoptError("InvalidTrial", `tid ${tid} is already in use`);
      }
      batch.add(tid);
    }
    for (const doc of docs) {
      this.docs.push(doc);
      this.#tids.add(doc.tid);
      this.#nextTid = Math.max(this.#nextTid, doc.tid + 1);
    }
    return [...batch];
  }

  /** Reserves ids, which are not given out again. */
  newIds(count: number): number[] {
    const first = this.#nextTid;
    this.#nextTid += count;
    return Array.from({ length: count }, (_, offset) => first + offset);
  }

  clear(): void {
    this.docs.length = 0;
    this.#tids.clear();
    this.attachments.clear();
  }
}

/**
 * What a `Trials` shows of a store, brought up to date by refreshes. A refresh of what is open takes time for the trials
 * that wait or run and for new ones only, so that a search of any length spends the same on each trial.
 */
export class TrialView {
  /** Those that were NEW, RUNNING or DONE at the last refresh, in the order of insertion. */
  visible: Trial[] = [];
  /** See `Trials.journal`. */
  journal: Trial[] = [];
  /** Those that were NEW or RUNNING at the last refresh. */
  readonly open: Set<Trial> = new Set();
  readonly #store: TrialStore;
  readonly #expKey: string | null;
  #seenCount = 0;

  constructor(store: TrialStore, expKey: string | null) {
    this.#store = store;
    this.#expKey = expKey;
  }

  /** The documents that belong to this view, whatever their state. */
  get docs(): readonly Trial[] {
    if (this.#expKey === null) return this.#store.docs;
    return this.#store.docs.filter((doc) => this.#shows(doc));
  }

  /** Looks at every document. Anything but an ordinary change starts the journal afresh. */
  refresh(): void {
    this.refreshOpen();
    const visible = this.docs.filter(isVisible);
    const isCleared = this.#seenCount > this.#store.docs.length;
    if (!isCleared && isSame(visible, this.visible)) return;
    this.visible = visible;
    this.journal = [...visible];
    this.open.clear();
    for (const doc of visible) if (isOpen(doc)) this.open.add(doc);
    this.#seenCount = this.#store.docs.length;
  }

  /** Looks at new documents and at those that were NEW or RUNNING. */
  refreshOpen(): void {
    for (const doc of this.open) if (!isOpen(doc)) this.#end(doc);
    const { docs } = this.#store;
    for (; this.#seenCount < docs.length; this.#seenCount++) {
      const doc = docs[this.#seenCount] as Trial; // Below the length.
      if (this.#shows(doc) && isVisible(doc)) this.#add(doc);
    }
  }

  #add(doc: Trial): void {
    this.visible.push(doc);
    this.journal.push(doc);
    if (isOpen(doc)) this.open.add(doc);
  }

  #end(doc: Trial): void {
    this.open.delete(doc);
    this.journal.push(doc);
    if (!isVisible(doc)) this.visible.splice(this.visible.lastIndexOf(doc), 1);
  }

  #shows({ expKey }: Trial): boolean {
    return this.#expKey === null || expKey === this.#expKey;
  }
}

function isSame(a: readonly Trial[], b: readonly Trial[]): boolean {
  return a.length === b.length && a.every((doc, i) => doc === b[i]);
}
