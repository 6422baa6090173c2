import type { ImportCounts } from "./import-counts.ts";

/** What an import has done. */
export type ImportReport = {
  readonly source: ImportCounts;
  /** Of the same things, what the store and the artifacts destination hold. */
  readonly target: ImportCounts;
  /** Sentences on what differs from the source, or was left where it was. */
  readonly notes: readonly string[];
};

/** How far an import has come; told after each batch. */
export type ImportEvent = {
  /** The experiment that is being imported; undefined before and after. */
  readonly experiment?: string;
  readonly counts: Readonly<ImportCounts>;
};

export type ImportOptions = {
  /** Stops the import after the batch under way; what was imported stays. */
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((event: ImportEvent) => void) | undefined;
};
