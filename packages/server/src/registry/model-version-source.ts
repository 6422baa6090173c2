import { type ArtifactUri, parseArtifactUri } from "@flightdeck/artifacts";
import { AppError, isAppError } from "@flightdeck/core";
import type { Store } from "@flightdeck/store";
import { FOREIGN_SCHEMES } from "../artifacts/check-artifact-location.ts";
import { getReferencedVersion } from "./referenced-version.ts";

/** Where a version's files come from, and the run and logged model that they belong to. */
export type Lineage = {
  readonly source: string;
  readonly runId?: string | undefined;
  readonly modelId?: string | undefined;
};

/**
 * Checks the source that a client wants to register, as MLflow's server does, with its wording: it must belong to the
 * run or model that the request names, or lie in storage that the client reaches itself. A version of a registered
 * model as source brings its run and model with it.
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

/** An empty id of a record means that it has none. */
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

/** Whether this server would read it itself; everything else is fetched by clients alone. */
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

/** Percent-decoding is repeated as long as it changes something: clients differ in how often they decode. */
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
    return text; // A percent sign that encodes nothing.
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
