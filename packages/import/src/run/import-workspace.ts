import { parseArtifactUri } from "@flightdeck/artifacts";
import { throwIfAborted } from "@flightdeck/core";
import type {
  ImportedExperiment,
  ImportedModel,
  ImportedRegisteredModel,
  ImportedVersion,
  ImportSink,
} from "@flightdeck/store";
import type { ImportSource } from "../source/import-source.ts";
import { importArtifacts } from "./import-artifacts.ts";
import {
  type ImportContext,
  type ImportTarget,
  addCounts,
  noCounts,
  type ImportOptions,
  type ImportReport,
  Notes,
  reportProgress,
} from "./import-context.ts";
import { importRuns } from "./import-runs.ts";

type Shared = Omit<ImportContext, "experiment">;
type Pair = { readonly sourceId: string; readonly name: string; readonly targetId: string };

/**
 * Imports everything in a source and compares the counts. Never changes the source. Can be stopped and called again any
 * number of times: it skips what is complete and adds what is missing.
 *
 * Experiments of the same name are merged, and so are registered models; existing values are kept. Runs and logged models
 * keep their ids. Artifacts in folders and behind the source's server are copied; those in other storage are left in place.
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
  // After all runs, because a model's metrics may belong to a run in another experiment.
  await importEachPage(shared, experiments, (sourceId) => source.models(sourceId), importModels);
  for await (const model of source.registeredModels()) {
    throwIfAborted(options.signal);
    await importRegisteredModel(shared, model);
  }
  for (const sentence of await source.skipped()) shared.notes.addRepeated(sentence);
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
    reportProgress(context);
    for await (const page of pages(experiment.sourceId)) {
      throwIfAborted(shared.options.signal);
      await importPage(context, page);
    }
  }
}

/** Keeps a location in storage that clients access directly. Empty otherwise, so that the target chooses its own. */
function keptLocation({ artifactLocation }: ImportedExperiment): string {
  try {
    const { kind } = parseArtifactUri(artifactLocation);
    return kind === "s3" || kind === "dbfs" || kind === "other" ? artifactLocation : "";
  } catch {
    return ""; // Not a valid URI.
  }
}

/** Imports a page of an experiment's logged models, with their artifacts. */
async function importModels(context: ImportContext, models: readonly ImportedModel[]): Promise<void> {
  const { imports } = context.target;
  const { targetId } = context.experiment;
  const ids = models.map(({ modelId }) => modelId);
  const before = await imports.findProgress("logged_model", ids);
  const isNew = (id: string): boolean => (before.get(id)?.state ?? "partial") === "partial";
  const unfinished = models.filter(({ modelId }) => isNew(modelId));
  if (unfinished.length > 0) await imports.importModels(targetId, unfinished);
  addCounts(context.sourceCounts, { "logged models": models.length });
  addCounts(context.targetCounts, { "logged models": await imports.countModels(ids) });
  await importArtifacts(
    context,
    "logged_model",
    models.flatMap((model) => {
      const { modelId, artifactUri } = model;
      const progress = before.get(modelId) ?? { id: modelId, state: "partial", points: 0, files: 0 };
      if (progress.state === "foreign") return [];
      const folder = `${targetId}/models/${modelId}/artifacts`;
      return [{ kind: "logged_model", progress, artifactUri, folder, isOpen: isOpen(model) }];
    }),
  );
  reportProgress(context);
}

/** A pending model's files may still be incomplete. */
function isOpen({ status, isDeleted }: ImportedModel): boolean {
  return status === "LOGGED_MODEL_PENDING" && !isDeleted;
}

/** Imports a registered model with its versions, after all runs and logged models, whose artifacts versions refer to. */
async function importRegisteredModel(
  context: Pick<ImportContext, "source" | "target" | "sourceCounts" | "targetCounts" | "notes">,
  model: ImportedRegisteredModel,
): Promise<void> {
  const { imports } = context.target;
  const versions = await Promise.all(model.versions.map((version) => relocated(imports, version)));
  const stored = await imports.importRegisteredModel(context.source.identity, { ...model, versions });
  for (const { version, newVersion } of stored.renumbered) {
    context.notes.add("renumbered versions", `version ${version} of ${model.name} is now ${newVersion}`);
  }
  addCounts(context.sourceCounts, { "registered models": 1, "model versions": versions.length });
  addCounts(context.targetCounts, { "registered models": 1, "model versions": stored.versions });
}

async function relocated(imports: ImportSink, version: ImportedVersion): Promise<ImportedVersion> {
  return {
    ...version,
    source: await relocatedUri(imports, version.source),
    storageLocation: await relocatedUri(imports, version.storageLocation),
  };
}

/** MLflow's artifact paths, below any root. */
const OF_RUN = /\/(?<id>[0-9a-f]{32})\/artifacts(?<rest>\/.*)?$/s;
const OF_MODEL = /\/models\/(?<id>m-[0-9a-f]{32})\/artifacts(?<rest>\/.*)?$/s;

/** Rewrites a URI below a run's or model's artifacts to their new location. */
async function relocatedUri(imports: ImportSink, uri: string): Promise<string> {
  const model = OF_MODEL.exec(uri)?.groups;
  const place = model ?? OF_RUN.exec(uri)?.groups;
  if (place?.["id"] === undefined) return uri;
  const kind = model === undefined ? "run" : "logged_model";
  const root = await imports.findArtifactUri(kind, place["id"]);
  return root === undefined ? uri : root + (place["rest"] ?? "");
}
