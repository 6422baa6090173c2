import { parseArtifactUri } from "@flightdeck/artifacts";
import { isAppError } from "@flightdeck/core";
import type { ModelVersion } from "@flightdeck/protocol";
import type { MlflowClient } from "../rest/mlflow-client.ts";
import type { CallOptions } from "../rest/rest-client.ts";
import { findLoggedModel } from "./locate-artifact.ts";

type Source = {
  readonly source: string;
  readonly runId?: string | undefined;
  readonly modelId?: string | undefined;
};

/**
 * Registers the model at a URI as the next version of a registered model, which is created if it does not exist. Like
 * MLflow's own client, it registers a logged model by its id: `models:/m-…`.
 */
export async function registerModel(
  client: MlflowClient,
  uri: string,
  name: string,
  options: CallOptions = {},
): Promise<ModelVersion> {
  const source = await sourceOf(client, uri, options);
  await ensureRegisteredModel(client, name, options);
  return await client.createModelVersion({ name, ...source }, options);
}

async function ensureRegisteredModel(
  client: MlflowClient,
  name: string,
  options: CallOptions,
): Promise<void> {
  try {
    await client.createRegisteredModel({ name }, options);
  } catch (error) {
    if (!isAppError(error, "RESOURCE_ALREADY_EXISTS")) throw error;
  }
}

async function sourceOf(client: MlflowClient, uri: string, options: CallOptions): Promise<Source> {
  const parsed = parseArtifactUri(uri);
  if (parsed.kind === "models" && parsed.model.by === "id") {
    const { sourceRunId, modelId } = await client.getLoggedModel(parsed.model.modelId, options);
    return { source: `models:/${modelId}`, modelId, runId: sourceRunId || undefined };
  }
  if (parsed.kind !== "runs") return { source: uri };
  const run = await client.getRun(parsed.runId, options);
  const model = await findLoggedModel(client, run, parsed.path);
  if (model === undefined) {
    return { source: `${run.info.artifactUri}/${parsed.path}`, runId: run.info.runId };
  }
  return { source: `models:/${model.modelId}`, modelId: model.modelId, runId: run.info.runId };
}
