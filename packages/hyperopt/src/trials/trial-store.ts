import { hyperoptError } from "../hyperopt-error.ts";
import { isOpen, isVisible, type Trial } from "./trial.ts";

/** The documents behind one or several `Trials` that are views of each other. */
export class TrialStore {
  readonly docs: Trial[] = [];
  readonly attachments: Map<string, unknown> = new Map();
  #tids = new Set<number>();
  #nextTid = 0;
  /** Unused ids below the next one, lowest first. */
  #reusable: number[] = [];

  /** Adds all documents or none, and returns their tids. Throws `InvalidTrial`. */
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

  /** Reserves ids, which are never returned again. */
  newIds(count: number): number[] {
    const reused = this.#reusable.splice(0, count);
    const first = this.#nextTid;
    this.#nextTid += count - reused.length;
    return [...reused, ...Array.from({ length: count - reused.length }, (_, offset) => first + offset)];
  }

  /** Makes ids available again that were reserved but never used by a document. */
  reuseIds(): void {
    this.#reusable = Array.from({ length: this.#nextTid }, (_, tid) => tid).filter(
      (tid) => !this.#tids.has(tid),
    );
  }

  clear(): void {
    this.docs.length = 0;
    this.#tids.clear();
    this.attachments.clear();
  }
}

/**
 * The visible part of a store, updated by refreshes. `refreshOpen` only looks at waiting, running and new trials, so that the cost
 * per trial does not depend on the length of the search.
 */
export class TrialView {
  /** Trials that were NEW, RUNNING or DONE at the last refresh, in order of insertion. */
  visible: Trial[] = [];
  /** See `Trials.journal`. */
  journal: Trial[] = [];
  /** Trials that were NEW or RUNNING at the last refresh. */
  readonly open: Set<Trial> = new Set();
  readonly #store: TrialStore;
  readonly #expKey: string | null;
  #seenCount = 0;

  constructor(store: TrialStore, expKey: string | null) {
    this.#store = store;
    this.#expKey = expKey;
  }

  /** The documents of this view, in any state. */
  get docs(): readonly Trial[] {
    if (this.#expKey === null) return this.#store.docs;
    return this.#store.docs.filter((doc) => this.#shows(doc));
  }

  /** Looks at every document. Starts a new journal if anything changed that `refreshOpen` does not notice. */
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
