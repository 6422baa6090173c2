import { type TransferOptions, uploadFolder } from "@flightdeck/artifacts";
import { saveModel, type SaveModelOptions } from "@flightdeck/models";
import { LIMITS, type LoggedModel, type Metric, type ModelVersion, type RunInfo } from "@flightdeck/protocol";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openRepository } from "../artifacts/locate-artifact.ts";
import { registerModel } from "../artifacts/register-model.ts";
import type { MlflowClient } from "../rest/mlflow-client.ts";
import { sourceTags } from "./source-tags.ts";

/** Name, description and registration of a logged model. */
export type LogModelOptions = Pick<SaveModelOptions, "signature" | "inputExample" | "metadata"> & {
  /** The logged model's name. Default `model`. */
  readonly name?: string | undefined;
  /** Registers the model as the next version of this registered model. */
  readonly registeredModelName?: string | undefined;
  /** The training step at which the model was saved. Default 0. */
  readonly step?: number | undefined;
  readonly onProgress?: TransferOptions["onProgress"] | undefined;
};

/** The id and URIs of a model that was logged. */
export type LoggedModelInfo = {
  readonly modelId: string;
  /** `models:/m-…`, for `loadModel`. */
  readonly modelUri: string;
  /** The location of its files, shown as Full Path on the page. */
  readonly artifactUri: string;
  /** The registered version, if `registeredModelName` was given. */
  readonly modelVersion?: ModelVersion | undefined;
};

type LogModelContext = {
  readonly client: MlflowClient;
  readonly run: RunInfo;
  readonly signal: AbortSignal;
};

/** Creates the logged model, links it to the run and its metrics, uploads its files, finalizes and registers it. */
export async function logModel(
  context: LogModelContext,
  model: unknown,
  options: LogModelOptions,
): Promise<LoggedModelInfo> {
  const logged = await createModel(context, options);
  try {
    await linkMetrics(context, logged.modelId);
    await uploadModel(context, logged, { model, options });
  } catch (error) {
    await context.client
      .finalizeLoggedModel(logged.modelId, "LOGGED_MODEL_UPLOAD_FAILED")
      .catch(warnUnmarked);
    throw error;
  }
  const { modelId, artifactUri } = await context.client.finalizeLoggedModel(
    logged.modelId,
    "LOGGED_MODEL_READY",
  );
  const info = { modelId, modelUri: `models:/${modelId}`, artifactUri };
  if (options.registeredModelName === undefined) return info;
  const modelVersion = await registerModel(context.client, info.modelUri, options.registeredModelName);
  return { ...info, modelVersion };
}

async function createModel(
  { client, run }: LogModelContext,
  { name = "model", step = 0 }: LogModelOptions,
): Promise<LoggedModel> {
  const model = await client.createLoggedModel({
    experimentId: run.experimentId,
    name,
    sourceRunId: run.runId,
    tags: await sourceTags(),
  });
  await client.logOutputs(run.runId, [{ modelId: model.modelId, step }]);
  return model;
}

/** Links the run's metrics so far to the model by logging them again with its id, as MLflow's own client does. */
async function linkMetrics({ client, run }: LogModelContext, modelId: string): Promise<void> {
  const { data } = await client.getRun(run.runId);
  const metrics = data.metrics
    .filter((metric) => metric.modelId === undefined)
    .map((metric): Metric => ({ ...metric, modelId }));
  for (let start = 0; start < metrics.length; start += LIMITS.batchMetricsMax) {
    await client.logBatch({
      runId: run.runId,
      metrics: metrics.slice(start, start + LIMITS.batchMetricsMax),
    });
  }
}

type ModelAndOptions = { readonly model: unknown; readonly options: LogModelOptions };

async function uploadModel(
  { client, run, signal }: LogModelContext,
  logged: LoggedModel,
  { model, options }: ModelAndOptions,
): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "flightdeck-model-"));
  const { signature, inputExample, metadata, onProgress } = options;
  const { modelId, artifactUri } = logged;
  try {
    await saveModel(model, folder, {
      signature,
      inputExample,
      metadata,
      modelId,
      runId: run.runId,
      artifactPath: artifactUri,
    });
    const repository = openRepository(client, artifactUri);
    await uploadFolder({ repository, folder }, { signal, ...(onProgress && { onProgress }) });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The error of the upload is thrown; failing to mark the model only causes a warning. */
function warnUnmarked(error: unknown): void {
  process.emitWarning(`could not mark a logged model as failed: ${String(error)}`);
}
