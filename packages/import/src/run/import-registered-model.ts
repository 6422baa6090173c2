import type { ImportedRegisteredModel, ImportedVersion, ImportSink } from "@flightdeck/store";
import type { ImportContext } from "./import-context.ts";
import { addCounts } from "./import-counts.ts";

/** Imports a registered model with its versions. Runs and logged models must be there, since versions name their files. */
export async function importRegisteredModel(
  context: Pick<ImportContext, "source" | "target" | "sourceCounts" | "targetCounts" | "notes">,
  model: ImportedRegisteredModel,
): Promise<void> {
  const { imports } = context.target;
  const versions = await Promise.all(model.versions.map((version) => relocated(imports, version)));
  const stored = await imports.importRegisteredModel(context.source.identity, { ...model, versions });
  for (const { version, newVersion } of stored.renumbered) {
    context.notes.add(
      "versions with another number",
      `version ${version} of ${model.name} is ${newVersion} here`,
    );
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

/** MLflow's places of artifacts, whatever root they are below. */
const OF_RUN = /\/(?<id>[0-9a-f]{32})\/artifacts(?<rest>\/.*)?$/s;
const OF_MODEL = /\/models\/(?<id>m-[0-9a-f]{32})\/artifacts(?<rest>\/.*)?$/s;

/** The place that a run's or model's files have now. */
async function relocatedUri(imports: ImportSink, uri: string): Promise<string> {
  const model = OF_MODEL.exec(uri)?.groups;
  const place = model ?? OF_RUN.exec(uri)?.groups;
  if (place?.["id"] === undefined) return uri;
  const kind = model === undefined ? "run" : "logged_model";
  const root = await imports.findArtifactUri(kind, place["id"]);
  return root === undefined ? uri : root + (place["rest"] ?? "");
}
