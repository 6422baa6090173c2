import { z } from "zod";
import { type Metric, metricFromWire, metricSchema, metricToWire, type MetricWire } from "../runs/runs.ts";
import { int64, message, repeated, type Tag, tagSchema, type TagWire } from "../forms.ts";

export const loggedModelStatusSchema = z.enum([
  "LOGGED_MODEL_STATUS_UNSPECIFIED",
  "LOGGED_MODEL_PENDING",
  "LOGGED_MODEL_READY",
  "LOGGED_MODEL_UPLOAD_FAILED",
]);
/** Whether the upload of a logged model's files is pending, complete or failed. */
export type LoggedModelStatus = z.infer<typeof loggedModelStatusSchema>;

/** A model logged by a run (MLflow 3), a separate entity with its own artifacts. */
export type LoggedModel = {
  /** `m-` and 32 hex digits. */
  readonly modelId: string;
  readonly experimentId: string;
  readonly name: string;
  readonly modelType: string;
  readonly sourceRunId: string;
  readonly status: LoggedModelStatus;
  readonly statusMessage: string;
  readonly artifactUri: string;
  readonly creationTimeMs: number;
  readonly lastUpdateTimeMs: number;
  readonly tags: readonly Tag[];
  readonly params: readonly Tag[];
  readonly metrics: readonly Metric[];
};

const registrationSchema = z.object({ name: z.string(), version: z.string() });

export const loggedModelSchema = z.object({
  info: z.object({
    model_id: z.string(),
    experiment_id: z.string(),
    name: z.string().default(""),
    creation_timestamp_ms: int64.default(0),
    last_updated_timestamp_ms: int64.default(0),
    artifact_uri: z.string().default(""),
    status: loggedModelStatusSchema.default("LOGGED_MODEL_STATUS_UNSPECIFIED"),
    model_type: z.string().default(""),
    source_run_id: z.string().default(""),
    status_message: z.string().default(""),
    tags: repeated(tagSchema),
    registrations: repeated(registrationSchema),
  }),
  data: message(z.object({ params: repeated(tagSchema), metrics: repeated(metricSchema) })),
});

type LoggedModelParsed = z.infer<typeof loggedModelSchema>;
/** A logged model in MLflow's REST API (`LoggedModel` in `mlflow/protos/service.proto`). */
export type LoggedModelWire = {
  info: Omit<LoggedModelParsed["info"], "status_message"> & { status_message?: string };
  data: { params: TagWire[]; metrics: MetricWire[] };
};

/** Converts a logged model to its wire form. */
export function loggedModelToWire(model: LoggedModel): LoggedModelWire {
  return {
    info: {
      model_id: model.modelId,
      experiment_id: model.experimentId,
      name: model.name,
      creation_timestamp_ms: model.creationTimeMs,
      last_updated_timestamp_ms: model.lastUpdateTimeMs,
      artifact_uri: model.artifactUri,
      status: model.status,
      model_type: model.modelType,
      source_run_id: model.sourceRunId,
      // Clients distinguish an absent message, which they read as None, from an empty one.
      ...(model.statusMessage !== "" && { status_message: model.statusMessage }),
      tags: [...model.tags],
      registrations: [],
    },
    data: { params: [...model.params], metrics: model.metrics.map(metricToWire) },
  };
}

/** Converts a logged model from its wire form. */
export function loggedModelFromWire({ info, data }: LoggedModelParsed): LoggedModel {
  return {
    modelId: info.model_id,
    experimentId: info.experiment_id,
    name: info.name,
    modelType: info.model_type,
    sourceRunId: info.source_run_id,
    status: info.status,
    statusMessage: info.status_message,
    artifactUri: info.artifact_uri,
    creationTimeMs: info.creation_timestamp_ms,
    lastUpdateTimeMs: info.last_updated_timestamp_ms,
    tags: info.tags,
    params: data.params,
    metrics: data.metrics.map(metricFromWire),
  };
}
