import {
  type ArtifactRepository,
  type ModelReference,
  openArtifactRepository,
  parseArtifactUri,
} from "@flightdeck/artifacts";
import { AppError } from "@flightdeck/core";
import type { LoggedModel, ModelVersion, Run } from "@flightdeck/protocol";
import { basename, dirname } from "node:path";
import type { MlflowClient } from "../rest/mlflow-client.ts";
import type { CallOptions } from "../rest/rest-client.ts";
import { retryingFetch } from "../rest/retry.ts";

/** The location of an artifact: a repository and a path in it; "" is the root. */
export type ArtifactLocation = { readonly repository: ArtifactRepository; readonly path: string };

/**
 * Finds the bytes behind any artifact URI: `runs:/ID/path`, `models:/NAME/VERSION`, `models:/NAME@ALIAS`,
 * `models:/NAME/STAGE`, `models:/NAME/latest`, `models:/m-ID`, `mlflow-artifacts:/…`, a file URI or a plain path.
 *
 * `runs:/ID/NAME` means the run's logged model of that name if there is one (MLflow 3 stores it apart from the run's
 * own artifacts), otherwise a path among the run's artifacts.
 */
export async function locateArtifact(
  client: MlflowClient,
  uri: string,
  options: CallOptions = {},
): Promise<ArtifactLocation> {
  const parsed = parseArtifactUri(uri);
  switch (parsed.kind) {
    case "runs":
      return await locateInRun(client, await client.getRun(parsed.runId, options), parsed.path);
    case "models": {
      const artifactUri = await modelArtifactUri(client, parsed.model, options);
      return { repository: openRepository(client, artifactUri), path: parsed.path };
    }
    default:
      return await locateInRoot(client, uri);
  }
}

/** The artifact URI of a model given by id, version, alias or stage. */
async function modelArtifactUri(
  client: MlflowClient,
  model: ModelReference,
  options: CallOptions,
): Promise<string> {
  switch (model.by) {
    case "id":
      return (await client.getLoggedModel(model.modelId, options)).artifactUri;
    case "version":
      return await client.getModelVersionDownloadUri(model, options);
    case "alias": {
      const version = await client.getModelVersionByAlias(model.name, model.alias, options);
      return await client.getModelVersionDownloadUri(version, options);
    }
    case "stage":
      return await client.getModelVersionDownloadUri(await versionOfStage(client, model, options), options);
  }
}

/**
 * Resolves `models:/NAME@ALIAS`, `models:/NAME/STAGE` or `models:/NAME/latest` to the current `models:/NAME/VERSION`;
 * returns any other URI unchanged. Throws `RESOURCE_DOES_NOT_EXIST` when there is no such version.
 *
 * @example
 * ```ts
 * await pinModelUri(client, "models:/airline@champion"); // "models:/airline/3"
 * ```
 */
export async function pinModelUri(
  client: MlflowClient,
  uri: string,
  options: CallOptions = {},
): Promise<string> {
  const parsed = parseArtifactUri(uri);
  if (parsed.kind !== "models" || parsed.path !== "") return uri;
  const { model } = parsed;
  if (model.by !== "alias" && model.by !== "stage") return uri;
  const { name, version } =
    model.by === "alias"
      ? await client.getModelVersionByAlias(model.name, model.alias, options)
      : await versionOfStage(client, model, options);
  return `models:/${name}/${version}`;
}

async function versionOfStage(
  client: MlflowClient,
  { name, stage }: { readonly name: string; readonly stage: string },
  options: CallOptions,
): Promise<ModelVersion> {
  const stages = stage.toLowerCase() === "latest" ? [] : [stage];
  const versions = await client.getLatestVersions(name, stages, options);
  const [newest] = versions.toSorted((a, b) => Number(b.version) - Number(a.version));
  if (newest !== undefined) return newest;
  const message = `No versions of model with name '${name}' and stage '${stage}' found`;
  throw new AppError("RESOURCE_DOES_NOT_EXIST", message);
}

async function locateInRun(client: MlflowClient, run: Run, path: string): Promise<ArtifactLocation> {
  const [first = "", ...inside] = path.split("/");
  const model = first === "" ? undefined : await findLoggedModel(client, run, first);
  if (model !== undefined) {
    return { repository: openRepository(client, model.artifactUri), path: inside.join("/") };
  }
  return { repository: openRepository(client, run.info.artifactUri), path };
}

/** The run's newest logged model of that name. A run has few models, so they are fetched one by one. */
export async function findLoggedModel(
  client: MlflowClient,
  run: Run,
  name: string,
): Promise<LoggedModel | undefined> {
  for (const { modelId } of run.outputs.modelOutputs.toReversed()) {
    const model = await client.getLoggedModel(modelId);
    if (model.name === name) return model;
  }
  return undefined;
}

/** If the URI points to a single file, its parent folder becomes the repository. */
async function locateInRoot(client: MlflowClient, uri: string): Promise<ArtifactLocation> {
  const repository = openRepository(client, uri);
  const [first] = await repository.list("");
  if (first !== undefined) return { repository, path: "" };
  const name = basename(uri);
  const parent = openRepository(client, dirname(uri));
  const info = name === "" ? undefined : await parent.find(name);
  if (info?.isDir === false) return { repository: parent, path: name };
  throw new AppError("RESOURCE_DOES_NOT_EXIST", `there is no artifact at ${uri}`);
}

/** Opens the artifact root of a run, a logged model or a model version with this client's login. */
export function openRepository(client: MlflowClient, artifactUri: string): ArtifactRepository {
  return openArtifactRepository(artifactUri, {
    trackingUri: client.baseUrl,
    fetch: retryingFetch(client.serverFetch),
  });
}
