import { type ModelReference, parseArtifactUri } from "@flightdeck/artifacts";
import { AppError } from "@flightdeck/core";
import type { LoggedModel, ModelVersion, Run } from "@flightdeck/protocol";
import { basename, dirname } from "node:path";
import type { MlflowClient } from "../rest/mlflow-client.ts";
import type { CallOptions } from "../rest/rest-client.ts";
import type { ArtifactLocation } from "./artifact-location.ts";
import { openRepository } from "./open-repository.ts";

/**
 * Finds the bytes behind any artifact URI: `runs:/ID/path`, `models:/NAME/VERSION`, `models:/NAME@ALIAS`,
 * `models:/NAME/STAGE`, `models:/NAME/latest`, `models:/m-ID`, `mlflow-artifacts:/…`, a file URI or a plain path.
 *
 * `runs:/ID/NAME` means the logged model of that name where the run has one (MLflow 3 keeps it apart from the run's
 * own artifacts), else a path of the run.
 */
export async function locateArtifact(
  client: MlflowClient,
  uri: string,
  options: CallOptions = {},
): Promise<ArtifactLocation> {
  const parsed = parseArtifactUri(uri);
  switch (parsed.kind) {
    case "runs":
      return locateInRun(client, await client.getRun(parsed.runId, options), parsed.path);
    case "models": {
      const artifactUri = await modelArtifactUri(client, parsed.model, options);
      return { repository: openRepository(client, artifactUri), path: parsed.path };
    }
    default:
      return locateInRoot(client, uri);
  }
}

/** A model's files by `models:/m-ID`, by version, alias or stage. */
async function modelArtifactUri(
  client: MlflowClient,
  model: ModelReference,
  options: CallOptions,
): Promise<string> {
  switch (model.by) {
    case "id":
      return (await client.getLoggedModel(model.modelId, options)).artifactUri;
    case "version":
      return client.getModelVersionDownloadUri(model, options);
    case "alias": {
      const version = await client.getModelVersionByAlias(model.name, model.alias, options);
      return client.getModelVersionDownloadUri(version, options);
    }
    case "stage":
      return client.getModelVersionDownloadUri(await versionOfStage(client, model, options), options);
  }
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

/** The run's newest logged model of a name; a run has few, so they are asked for one by one. */
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

/** A URI may name a single file, which is no root to open: then its folder is the root. */
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
