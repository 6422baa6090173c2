import { throwIfAborted } from "@flightdeck/core";
import type { ImportSource } from "../source/import-source.ts";
import { addCounts, type ImportCounts, noCounts, type ImportOptions, Notes } from "./import-context.ts";

/** The counts of a source's contents, and notes on what an import would skip. */
export type SourceCounts = { readonly counts: ImportCounts; readonly notes: readonly string[] };

type Counting = {
  readonly source: ImportSource;
  readonly counts: ImportCounts;
  readonly notes: Notes;
  readonly options: ImportOptions;
};

/** Reads everything that an import would read and counts it, without writing anything. */
export async function countSource(source: ImportSource, options: ImportOptions = {}): Promise<SourceCounts> {
  const counting = { source, counts: noCounts(), notes: new Notes(), options };
  const { counts, notes } = counting;
  for await (const { experimentId, name } of source.experiments()) {
    addCounts(counts, { experiments: 1 });
    options.onProgress?.({ experiment: name, counts: { ...counts } });
    await countRuns(counting, experimentId);
    await countModels(counting, experimentId);
  }
  for await (const { versions } of source.registeredModels()) {
    addCounts(counts, { "registered models": 1, "model versions": versions.length });
  }
  for (const sentence of await source.skipped()) notes.addRepeated(sentence);
  return { counts, notes: notes.list() };
}

async function countRuns(counting: Counting, experimentId: string): Promise<void> {
  const { source, counts, options } = counting;
  for await (const runs of source.runs(experimentId)) {
    throwIfAborted(options.signal);
    for (const { info, data, inputs } of runs) {
      addCounts(counts, {
        runs: 1,
        params: data.params.length,
        tags: data.tags.length,
        "dataset inputs": inputs.datasetInputs.length,
      });
      await countFiles(counting, info.artifactUri);
    }
    for await (const histories of source.histories(runs)) {
      throwIfAborted(options.signal);
      for (const { metrics } of histories) addCounts(counts, { "metric points": metrics.length });
    }
  }
}

async function countModels(counting: Counting, experimentId: string): Promise<void> {
  for await (const models of counting.source.models(experimentId)) {
    throwIfAborted(counting.options.signal);
    addCounts(counting.counts, { "logged models": models.length });
    for (const { artifactUri } of models) await countFiles(counting, artifactUri);
  }
}

async function countFiles({ source, counts, notes }: Counting, artifactUri: string): Promise<void> {
  const origin = await source.artifacts.locate(artifactUri);
  if (origin.kind === "elsewhere") notes.addRepeated(`artifacts in ${origin.storage} would be left in place`);
  if (origin.kind === "refused") notes.add("artifacts that would not be copied", origin.reason);
  if (origin.kind !== "files") return;
  const { files, refused } = await origin.list();
  addCounts(counts, { "artifact files": files.length + refused.length });
  for (const reason of refused) notes.add("artifacts that would not be copied", reason);
}
