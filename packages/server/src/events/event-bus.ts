import type { Change } from "@flightdeck/protocol";

export type Listener = (changes: readonly Change[]) => void;

/** Tells everybody who listens in this process what was written. Publishing never waits and never fails. */
export class EventBus {
  readonly #listeners = new Set<Listener>();

  /** How many listen. */
  get listenerCount(): number {
    return this.#listeners.size;
  }

  publish(changes: readonly Change[]): void {
    if (changes.length === 0) return;
    for (const listener of this.#listeners) listener(changes);
  }

  /** Gives the function that ends it. */
  subscribe(listener: Listener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}
