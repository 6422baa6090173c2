import type { ArtifactRepository } from "@flightdeck/artifacts";
import type { ImportSink } from "@flightdeck/store";
import type { ImportSource } from "../source/import-source.ts";

/** The kinds of things counted in a source and in the target store, in display order. */
export const COUNTED = [
  "experiments",
  "runs",
  "params",
  "tags",
  "metric points",
  "dataset inputs",
  "logged models",
  "registered models",
  "model versions",
  "artifact files",
] as const;

/** One of `COUNTED`. */
export type Counted = (typeof COUNTED)[number];
/** A count for each kind. */
export type ImportCounts = Record<Counted, number>;

export function noCounts(): ImportCounts {
  return Object.fromEntries(COUNTED.map((counted) => [counted, 0])) as ImportCounts; // One entry per name.
}

/** Adds to `counts` in place. */
export function addCounts(counts: ImportCounts, added: Partial<ImportCounts>): void {
  for (const counted of COUNTED) counts[counted] += added[counted] ?? 0;
}

/** Where a workspace is imported to. */
export type ImportTarget = {
  readonly imports: ImportSink;
  /** The artifacts destination, which is `mlflow-artifacts:/` for the target. */
  readonly artifacts: ArtifactRepository;
};

/** State shared by the parts of an import. Counts and notes are updated in place. */
export type ImportContext = {
  readonly source: ImportSource;
  readonly target: ImportTarget;
  readonly sourceCounts: ImportCounts;
  readonly targetCounts: ImportCounts;
  readonly notes: Notes;
  readonly options: ImportOptions;
  /** The experiment being imported. */
  readonly experiment: { readonly name: string; readonly targetId: string };
};

/** The result of an import. */
export type ImportReport = {
  readonly source: ImportCounts;
  /** The counts of the same things in the store and the artifacts destination. */
  readonly target: ImportCounts;
  /** Sentences on what differs from the source or was skipped. */
  readonly notes: readonly string[];
};

/** The progress of an import, reported after each batch. */
export type ImportEvent = {
  /** The experiment being imported; undefined before and after. */
  readonly experiment?: string | undefined;
  readonly counts: Readonly<ImportCounts>;
};

/** Cancellation and progress of an import. */
export type ImportOptions = {
  /** Stops the import after the current batch. Imported data is kept. */
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((event: ImportEvent) => void) | undefined;
};

export function reportProgress({ options, experiment, sourceCounts }: ImportContext): void {
  options.onProgress?.({ experiment: experiment.name, counts: { ...sourceCounts } });
}

/** How many notes of one kind are listed; the rest are only counted. */
const SHOWN_MAX = 10;

/** Collects notes for people. Lists equal notes once with a count, and only the first few of a kind. */
export class Notes {
  readonly #repeated = new Map<string, number>();
  readonly #kinds = new Map<string, string[]>();

  /** Adds a sentence that may repeat, such as that artifacts in some storage were skipped. */
  addRepeated(sentence: string): void {
    this.#repeated.set(sentence, (this.#repeated.get(sentence) ?? 0) + 1);
  }

  /** Adds one of many different sentences of a kind. */
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
