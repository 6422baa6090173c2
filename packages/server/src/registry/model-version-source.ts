import { type ArtifactUri, type ModelReference, parseArtifactUri } from "@flightdeck/artifacts";
import { AppError, isAppError } from "@flightdeck/core";
import type { ModelVersion } from "@flightdeck/protocol";
import type { RegistryStore, Store } from "@flightdeck/store";
import { FOREIGN_SCHEMES } from "../storage/served-artifacts.ts";

/** The source of a version's files, and the run and logged model that they belong to. */
export type Lineage = {
  readonly source: string;
  readonly runId?: string | undefined;
  readonly modelId?: string | undefined;
};

/**
 * Checks the source that a client wants to register, with the rules and the wording of MLflow's server: it must belong to
 * the run or model that the request names, or be in storage that the client reaches itself. When the source is a version
 * of a registered model, the new version inherits its run and model.
 */
export async function checkedLineage(store: Store, requested: Lineage): Promise<Lineage> {
  refuseWayOut(requested.source);
  const uri = parseSource(requested.source);
  if (uri.kind === "models" && uri.model.by !== "id") {
    const version = await getReferencedVersion(store.registry, uri.model);
    return inherit(requested, { ...version, source: `models:/${version.name}/${version.version}` });
  }
  const { modelId } = requested;
  if (modelId === undefined) {
    await checkSourceOfRun(store, requested, uri);
    return requested;
  }
  await checkSourceOfModel(store, { ...requested, modelId }, uri);
  const { sourceRunId } = await store.tracking.getLoggedModel(modelId);
  return { ...requested, runId: requested.runId ?? (sourceRunId === "" ? undefined : sourceRunId) };
}

/** In a record, an empty id means none. */
function inherit(requested: Lineage, of: Lineage): Lineage {
  const differs = (asked: string | undefined, has: string | undefined): boolean =>
    asked !== undefined && asked !== (has ?? "");
  if (differs(requested.runId, of.runId) || differs(requested.modelId, of.modelId)) {
    const says = "The run_id and model_id request parameters must match the referenced model version.";
    throw invalidSource(requested.source, says);
  }
  return { source: of.source, runId: of.runId || undefined, modelId: of.modelId || undefined };
}

async function checkSourceOfRun(store: Store, { source, runId }: Lineage, uri: ArtifactUri): Promise<void> {
  if (uri.kind === "runs" && uri.runId === runId) return;
  if (uri.kind === "runs") throw notContained(source, "run_id");
  if (uri.kind === "models") throw notContained(source, "model_id");
  if (!isOurs(uri)) return;
  const root =
    runId === undefined ? undefined : await rootOf(async () => (await store.tracking.getRun(runId)).info);
  if (root !== undefined && isWithin(uri, parseArtifactUri(root))) return;
  throw uri.kind === "file" ? localSource(source, "run_id") : notContained(source, "run_id");
}

async function checkSourceOfModel(
  store: Store,
  { source, modelId }: Lineage & { readonly modelId: string },
  uri: ArtifactUri,
): Promise<void> {
  if (uri.kind === "models" && uri.model.by === "id" && uri.model.modelId === modelId) return;
  if (uri.kind === "models" || uri.kind === "runs") throw notContained(source, "model_id");
  if (!isOurs(uri)) return;
  const root = await rootOf(() => store.tracking.getLoggedModel(modelId));
  if (root !== undefined && isWithin(uri, parseArtifactUri(root))) return;
  throw uri.kind === "file" ? localSource(source, "model_id") : notContained(source, "model_id");
}

/** Whether this server reads the URI itself. Clients fetch everything else. */
function isOurs(uri: ArtifactUri): boolean {
  return uri.kind === "mlflow-artifacts" || uri.kind === "file" || isProxyUrl(uri);
}

function isProxyUrl(uri: ArtifactUri): boolean {
  return uri.kind === "http" && new URL(uri.url).pathname.includes("/mlflow-artifacts/artifacts");
}

async function rootOf(get: () => Promise<{ readonly artifactUri: string }>): Promise<string | undefined> {
  try {
    return (await get()).artifactUri;
  } catch (error) {
    if (isAppError(error, "RESOURCE_DOES_NOT_EXIST")) return undefined;
    throw error;
  }
}

function isWithin(uri: ArtifactUri, root: ArtifactUri): boolean {
  if (uri.kind === "mlflow-artifacts" && root.kind === "mlflow-artifacts") {
    return uri.host === root.host && root.path !== "" && `${uri.path}/`.startsWith(`${root.path}/`);
  }
  return uri.kind === "file" && root.kind === "file" && `${uri.file}/`.startsWith(`${root.file}/`);
}

function parseSource(source: string): ArtifactUri {
  const uri = parseArtifactUri(source);
  if (uri.kind !== "other" || FOREIGN_SCHEMES.includes(uri.scheme)) return uri;
  const allowed = ["models", "runs", "mlflow-artifacts", "dbfs", "s3", "http", "https", ...FOREIGN_SCHEMES];
  throw invalidSource(source, `The scheme '${uri.scheme}' is none of ${allowed.join(", ")}.`);
}

/** Percent-decoding is repeated while it changes something, since clients differ in how often they decode. */
const DECODINGS_MAX = 10;

function refuseWayOut(source: string): void {
  let text = source;
  for (let count = 0; count < DECODINGS_MAX; count++) {
    if (text.split(/[/\\]/).includes("..") || text.includes("\0")) throw relativeSource(source);
    const decoded = decodedOnce(text);
    if (decoded === text) return;
    text = decoded;
  }
  throw relativeSource(source);
}

function decodedOnce(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // A stray percent sign.
  }
}

function relativeSource(source: string): AppError {
  const says =
    "If supplying a source as an http, https, local file path, ftp, objectstore, or mlflow-artifacts uri, an absolute path must be provided without relative path references present. Please provide an absolute path.";
  return invalidSource(source, says);
}

function localSource(source: string, field: "run_id" | "model_id"): AppError {
  const says = `To use a local path as a model version source, the ${field} request parameter has to be specified and the local path has to be contained within the artifact directory of the run specified by the ${field}.`;
  return invalidSource(source, says);
}

function notContained(source: string, field: "run_id" | "model_id"): AppError {
  const says = `The ${field} request parameter must identify the resource that contains the source.`;
  return invalidSource(source, says);
}

function invalidSource(source: string, says: string): AppError {
  return new AppError("INVALID_PARAMETER_VALUE", `Invalid model version source: '${source}'. ${says}`);
}

/** The version that a `models:` URI names by number, alias or stage. */
export async function getReferencedVersion(
  registry: RegistryStore,
  reference: Exclude<ModelReference, { readonly by: "id" }>,
): Promise<ModelVersion> {
  const { name } = reference;
  if (reference.by === "version") return await registry.getModelVersion({ name, version: reference.version });
  if (reference.by === "alias") return await registry.getModelVersionByAlias(name, reference.alias);
  const anyStage = reference.stage.toLowerCase() === "latest";
  const versions = await registry.getLatestVersions(name, anyStage ? [] : [reference.stage]);
  const newest = versions.toSorted((a, b) => Number(a.version) - Number(b.version)).at(-1);
  if (newest !== undefined) return newest;
  const message = `No versions of model with name '${name}' and stage '${reference.stage}' found`;
  throw new AppError("RESOURCE_DOES_NOT_EXIST", message);
}
