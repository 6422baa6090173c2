/** Notes of one kind that are shown one by one; the rest are counted. */
const SHOWN_MAX = 10;

/** Collects sentences for people: equal ones once, with their number; of many of a kind the first few. */
export class Notes {
  readonly #repeated = new Map<string, number>();
  readonly #kinds = new Map<string, string[]>();

  /** A sentence that may come many times, such as that a storage was left alone. */
  addRepeated(sentence: string): void {
    this.#repeated.set(sentence, (this.#repeated.get(sentence) ?? 0) + 1);
  }

  /** One of many sentences that differ. */
  add(kind: string, sentence: string): void {
    const sentences = this.#kinds.get(kind);
    if (sentences === undefined) this.#kinds.set(kind, [sentence]);
    else sentences.push(sentence);
  }

  list(): readonly string[] {
    const repeated = [...this.#repeated].map(([sentence, times]) =>
      times === 1 ? sentence : `${sentence} (${times} times)`,
    );
    const kinds = [...this.#kinds].flatMap(([kind, sentences]) => {
      const shown = sentences.slice(0, SHOWN_MAX).map((sentence) => `${kind}: ${sentence}`);
      const hidden = sentences.length - shown.length;
      return hidden === 0 ? shown : [...shown, `${kind}: ${hidden} more`];
    });
    return [...repeated, ...kinds];
  }
}
