import { parseArtifactUri } from "@flightdeck/artifacts";
import { throwIfAborted } from "@flightdeck/core";
import type { ImportedExperiment } from "@flightdeck/store";
import type { ImportSource } from "../source/import-source.ts";
import type { ImportContext, ImportTarget } from "./import-context.ts";
import { addCounts, noCounts } from "./import-counts.ts";
import { importModels } from "./import-models.ts";
import { importRegisteredModel } from "./import-registered-model.ts";
import type { ImportOptions, ImportReport } from "./import-report.ts";
import { importRuns } from "./import-runs.ts";
import { Notes } from "./notes.ts";
import { tellProgress } from "./tell-progress.ts";

type Shared = Omit<ImportContext, "experiment">;
type Pair = { readonly sourceId: string; readonly name: string; readonly targetId: string };

/**
 * Imports all that a source has and compares the counts. The source is only read. It may be stopped and called again, any
 * number of times: what is complete is passed over, what is missing is added.
 *
 * Experiments of the same name become one, and so do registered models; what is there stays as it is. Runs and logged
 * models keep their ids. Artifacts in folders and behind the source's server are copied; those in other storages stay.
 *
 * @example
 * ```ts
 * const store = await openStore({ backendStoreUri: "sqlite:///new.db", defaultArtifactRoot: "mlflow-artifacts:/" });
 * const source = await openSource("mlruns");
 * const target = { imports: store.imports, artifacts: new LocalArtifactRepository("artifacts") };
 * const { source: had, target: has } = await importWorkspace(source, target);
 * console.log(had.runs, has.runs);
 * ```
 */
export async function importWorkspace(
  source: ImportSource,
  target: ImportTarget,
  options: ImportOptions = {},
): Promise<ImportReport> {
  const shared: Shared = {
    source,
    target,
    options,
    sourceCounts: noCounts(),
    targetCounts: noCounts(),
    notes: new Notes(),
  };
  const experiments = await importExperiments(shared);
  await importEachPage(shared, experiments, (sourceId) => source.runs(sourceId), importRuns);
  // Behind all runs, since a model's metrics may be of a run in another experiment.
  await importEachPage(shared, experiments, (sourceId) => source.models(sourceId), importModels);
  for await (const model of source.registeredModels()) {
    throwIfAborted(options.signal);
    await importRegisteredModel(shared, model);
  }
  for (const sentence of await source.leftOut()) shared.notes.addRepeated(sentence);
  return { source: shared.sourceCounts, target: shared.targetCounts, notes: shared.notes.list() };
}

async function importExperiments({
  source,
  target,
  sourceCounts,
  targetCounts,
}: Shared): Promise<readonly Pair[]> {
  const pairs: Pair[] = [];
  for await (const experiment of source.experiments()) {
    const targetId = await target.imports.importExperiment(source.identity, {
      ...experiment,
      artifactLocation: keptLocation(experiment),
    });
    addCounts(sourceCounts, { experiments: 1 });
    addCounts(targetCounts, { experiments: 1 });
    pairs.push({ sourceId: experiment.experimentId, name: experiment.name, targetId });
  }
  return pairs;
}

async function importEachPage<T>(
  shared: Shared,
  experiments: readonly Pair[],
  pages: (sourceId: string) => AsyncIterable<T>,
  importPage: (context: ImportContext, page: T) => Promise<void>,
): Promise<void> {
  for (const experiment of experiments) {
    const context = { ...shared, experiment };
    tellProgress(context);
    for await (const page of pages(experiment.sourceId)) {
      throwIfAborted(shared.options.signal);
      await importPage(context, page);
    }
  }
}

/** New runs go on where clients reach the storage by themselves; elsewhere a place of our own is derived. */
function keptLocation({ artifactLocation }: ImportedExperiment): string {
  try {
    const { kind } = parseArtifactUri(artifactLocation);
    return kind === "s3" || kind === "dbfs" || kind === "other" ? artifactLocation : "";
  } catch {
    return ""; // No place at all.
  }
}
