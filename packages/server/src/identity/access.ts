import {
  checkArtifactPath,
  findExperimentOfDbfsPath,
  parseArtifactUri,
  parseDbfsPath,
  parseModelFiles,
  parseTrackedFiles,
} from "@flightdeck/artifacts";
import { AppError } from "@flightdeck/core";
import {
  type Access,
  API_PREFIXES,
  ARTIFACT_PROXY_PATH,
  type Change,
  type Creation,
  type Need,
  needsOf,
  type Resource,
} from "@flightdeck/protocol";
import type { Need as StoreNeed, Reference, Store, WorkspaceStore } from "@flightdeck/store";
import type { FastifyRequest } from "fastify";
import type { Principal } from "./principal.ts";

/** What an endpoint or a route declares, and its parsed request. */
export type DeclaredCall<TRequest = unknown> = {
  readonly access: Access<TRequest>;
  readonly creates?: Creation | undefined;
  readonly input: TRequest;
};

/**
 * The one check: admits a call that its principal may make, and returns the store as that principal may use it. Every
 * change is checked again in its own transaction, and searches find only what the principal may see. Throws
 * `PERMISSION_DENIED`, or `RESOURCE_DOES_NOT_EXIST` with the call's own message for what is absent.
 */
export async function admit<TRequest>(
  store: Store,
  request: Pick<FastifyRequest, "principal" | "named">,
  { access, creates, input }: DeclaredCall<TRequest>,
): Promise<Store> {
  const { principal } = request;
  request.named = () => needsOf(access, input).map(({ resource }) => resource);
  if (principal.isAdmin) return store;
  checkAudience(principal, access);
  const named = needsOf(access, input);
  if (access.audience === "grantees" && named.length === 0) {
    throw denied(principal, "must be an admin, because this call does not name an experiment or model");
  }
  const caller = { principalName: principal.name, needs: storeNeeds(named), creates };
  await store.workspace.check(caller);
  return store.as(caller);
}

/** Throws `PERMISSION_DENIED` when somebody else makes a call that is reserved for admins. */
export function checkAudience(principal: Principal, { audience }: Access): void {
  if (audience === "admins" && !principal.isAdmin) throw denied(principal, "must be an admin");
}

/** The changes that a principal may hear about. Only admins hear about jobs. */
export async function visibleChanges(
  workspace: WorkspaceStore,
  principal: Principal,
  changes: readonly Change[],
): Promise<readonly Change[]> {
  if (principal.isAdmin) return changes;
  const known = changes.flatMap((change) => {
    const reference = referenceOf(change);
    return reference === undefined ? [] : [{ change, reference }];
  });
  const references = known.map(({ reference }) => reference);
  const seen = await workspace.findVisible(principal.name, references);
  return known.flatMap(({ change }, index) => (seen[index] ? [change] : []));
}

function referenceOf({ kind, id }: Change): Reference | undefined {
  switch (kind) {
    case "experiment":
      return { kind, experimentId: id };
    case "run":
      return { kind, runId: id };
    case "logged_model":
      return { kind: "logged-model", modelId: id };
    case "registered_model":
      return { kind: "registered-model", name: id };
    case "job_run":
      return undefined;
  }
}

function denied({ name }: Principal, says: string): AppError {
  return new AppError("PERMISSION_DENIED", `${name} ${says}`);
}

/** The record that an artifact belongs to, and optionally another one whose permission is enough to read it. */
type ArtifactOwner = { readonly reference: Reference; readonly or?: Reference | undefined };

/** Stands for anything outside experiments and models, which only admins may access. */
const NO_RECORD: ArtifactOwner = { reference: { kind: "artifact", path: "" } };

/**
 * Translates what a call needs into the store's terms: paths and URIs become the experiment, run or model whose files they
 * name. Files in storage that clients reach without this server need nothing.
 */
export function storeNeeds(needs: readonly Need[]): readonly StoreNeed[] {
  return needs.flatMap(({ resource, ...held }) => {
    const owner = ownerOf(resource);
    return owner === undefined ? [] : [{ ...held, ...owner }];
  });
}

function ownerOf(resource: Resource): ArtifactOwner | undefined {
  switch (resource.kind) {
    case "artifact-path":
      return artifactAt(checkArtifactPath(resource.path));
    case "dbfs-path":
      return inDbfs(parseDbfsPath(resource.path));
    case "files-path":
      return byFilesApi(parseDbfsPath(resource.path));
    case "files":
      return atUri(resource.uri);
    case "artifact-location":
      return isOurs(resource.uri) ? NO_RECORD : undefined;
    default:
      return { reference: resource };
  }
}

/** Whoever may see a registered model may also read the files of its versions, wherever they are. */
function artifactAt(path: string): ArtifactOwner {
  return {
    reference: { kind: "artifact", path },
    or: { kind: "version-files", uri: `mlflow-artifacts:/${path}` },
  };
}

function inDbfs(path: string): ArtifactOwner {
  const experimentId = findExperimentOfDbfsPath(path);
  const owner = experimentId === undefined ? NO_RECORD : { reference: experimentOf(experimentId) };
  return { ...owner, or: { kind: "version-files", uri: `dbfs:/${path}` } };
}

function experimentOf(experimentId: string): Reference {
  return { kind: "experiment", experimentId };
}

/** Files of a version need what its registered model needs; those of a run or a logged model, what that needs. */
function byFilesApi(path: string): ArtifactOwner {
  const model = parseModelFiles(path);
  if (model !== undefined) return { reference: { kind: "registered-model", name: model.name } };
  const tracked = parseTrackedFiles(path);
  if (tracked === undefined) return NO_RECORD;
  const { kind, id } = tracked;
  return { reference: kind === "run" ? { kind, runId: id } : { kind, modelId: id } };
}

function atUri(text: string): ArtifactOwner | undefined {
  const uri = parseArtifactUri(text);
  switch (uri.kind) {
    case "mlflow-artifacts":
      return artifactAt(uri.path);
    case "runs":
      return { reference: runOrModel(uri.runId) };
    case "models":
      return {
        reference: uri.model.by === "id" ? runOrModel(uri.model.modelId) : modelNamed(uri.model.name),
      };
    case "dbfs":
      return inDbfs(uri.path.replace(/^\//, ""));
    case "http":
      return proxied(uri.url);
    case "file": // A version's source must lie with its run or model, which the request also names.
    case "s3":
    case "other":
      return undefined;
  }
}

/** MLflow 3 writes a logged model's id in place of a run's. */
function runOrModel(id: string): Reference {
  return id.startsWith("m-") ? { kind: "logged-model", modelId: id } : { kind: "run", runId: id };
}

function modelNamed(name: string): Reference {
  return { kind: "registered-model", name };
}

/** Older clients record the URL of the proxy itself. */
function proxied(url: string): ArtifactOwner | undefined {
  const { pathname } = new URL(url);
  const proxy = `${API_PREFIXES[0]}/2.0${ARTIFACT_PROXY_PATH}/`;
  const at = pathname.indexOf(proxy);
  return at < 0 ? undefined : atUri(`mlflow-artifacts:/${pathname.slice(at + proxy.length)}`);
}

/** Whether this server opens that storage itself, so that the location could belong to another experiment. */
function isOurs(uri: string): boolean {
  const { kind } = parseArtifactUri(uri);
  return kind !== "s3" && kind !== "other";
}
