import { encodeArtifactPath, type ModelReference, parseArtifactUri } from "@flightdeck/artifacts";
import { AppError } from "@flightdeck/core";
import type { ModelVersion } from "@flightdeck/protocol";
import type { Store } from "@flightdeck/store";
import { BOUNDS } from "../bounds.ts";

/** The URI that a version's files are downloaded from: its source, or what its source stands for. */
export async function downloadUriOf(store: Store, version: ModelVersion): Promise<string> {
  let uri = version.source;
  for (let step = 0; step < BOUNDS.sourceChainMax; step++) {
    const next = await resolveOnce(store, uri);
    if (next === uri) return uri;
    uri = next;
  }
  const message = `the source of model version ${version.name}/${version.version} leads in a circle`;
  throw new AppError("INVALID_PARAMETER_VALUE", message);
}

async function resolveOnce(store: Store, source: string): Promise<string> {
  const uri = parseArtifactUri(source);
  if (uri.kind === "runs") {
    const { artifactUri } = (await store.tracking.getRun(uri.runId)).info;
    return below(artifactUri, uri.path);
  }
  if (uri.kind !== "models") return source;
  if (uri.model.by !== "id") return below((await getReferencedVersion(store, uri.model)).source, uri.path);
  return below((await store.tracking.getLoggedModel(uri.model.modelId)).artifactUri, uri.path);
}

function below(uri: string, path: string): string {
  return path === "" ? uri : `${uri.replace(/\/+$/, "")}/${encodeArtifactPath(path)}`;
}

/** The version that a URI names by number, alias or stage. */
export async function getReferencedVersion(
  { registry }: Store,
  reference: Exclude<ModelReference, { readonly by: "id" }>,
): Promise<ModelVersion> {
  const { name } = reference;
  if (reference.by === "version") return registry.getModelVersion({ name, version: reference.version });
  if (reference.by === "alias") return registry.getModelVersionByAlias(name, reference.alias);
  const anyStage = reference.stage.toLowerCase() === "latest";
  const versions = await registry.getLatestVersions(name, anyStage ? [] : [reference.stage]);
  const newest = versions.toSorted((a, b) => Number(a.version) - Number(b.version)).at(-1);
  if (newest !== undefined) return newest;
  const message = `No versions of model with name '${name}' and stage '${reference.stage}' found`;
  throw new AppError("RESOURCE_DOES_NOT_EXIST", message);
}
