/** What is counted in a source and in the store it was imported into, in the order of their mention. */
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

export type Counted = (typeof COUNTED)[number];
export type ImportCounts = Record<Counted, number>;

export function noCounts(): ImportCounts {
  return Object.fromEntries(COUNTED.map((counted) => [counted, 0])) as ImportCounts; // One entry per name.
}

/** Adds in place. */
export function addCounts(counts: ImportCounts, added: Partial<ImportCounts>): void {
  for (const counted of COUNTED) counts[counted] += added[counted] ?? 0;
}
