import { z } from "zod";
import { modelId, optional } from "../ids.ts";
import {
  double,
  doubleToWire,
  int64,
  longText,
  requiredText,
  message,
  repeated,
  type Tag,
  tagSchema,
  type TagWire,
  type LifecycleStage,
  lifecycleStageSchema,
} from "../forms.ts";
import {
  type DatasetInput,
  datasetInputFromWire,
  datasetInputSchema,
  type DatasetInputWire,
  datasetInputToWire,
} from "../datasets.ts";

/** One point of a metric. */
export type Metric = {
  readonly key: string;
  /** Any double, NaN and infinities included. */
  readonly value: number;
  readonly timestampMs: number;
  readonly step: number;
  /** The logged model that was measured, and the dataset it was measured on (MLflow 3). */
  readonly modelId?: string | undefined;
  readonly datasetName?: string | undefined;
  readonly datasetDigest?: string | undefined;
  /** The run that logged it; set in responses with points of several runs. */
  readonly runId?: string | undefined;
};

export const metricSchema = z.object({
  key: requiredText,
  value: double,
  timestamp: int64,
  step: int64.default(0),
  model_id: optional(modelId),
  dataset_name: longText.optional(),
  dataset_digest: longText.optional(),
  run_id: longText.optional(),
});
/** A metric point in MLflow's REST API (`Metric` in `mlflow/protos/service.proto`); `timestamp` in UTC milliseconds. */
export type MetricWire = Omit<z.infer<typeof metricSchema>, "value"> & { value: number | string };

/** Converts a metric point from its wire form, where `NaN` and infinities are text, as in protobuf's JSON encoding. */
export function metricFromWire(wire: z.infer<typeof metricSchema>): Metric {
  return {
    key: wire.key,
    value: wire.value,
    timestampMs: wire.timestamp,
    step: wire.step,
    modelId: wire.model_id,
    datasetName: wire.dataset_name,
    datasetDigest: wire.dataset_digest,
    runId: wire.run_id,
  };
}

/** Converts a metric point to its wire form, where `NaN` and infinities are text, as in protobuf's JSON encoding. */
export function metricToWire(metric: Metric): MetricWire {
  return {
    key: metric.key,
    value: doubleToWire(metric.value),
    timestamp: metric.timestampMs,
    step: metric.step,
    model_id: metric.modelId,
    dataset_name: metric.datasetName,
    dataset_digest: metric.datasetDigest,
    run_id: metric.runId,
  };
}

export const runStatusSchema = z.enum(["RUNNING", "SCHEDULED", "FINISHED", "FAILED", "KILLED"]);
/** The status of a run. `FINISHED`, `FAILED` and `KILLED` are terminal, but a client may reopen the run. */
export type RunStatus = z.infer<typeof runStatusSchema>;

/** Statuses that a run leaves only if a client reopens it. */
export const TERMINAL_RUN_STATUSES: readonly RunStatus[] = ["FINISHED", "FAILED", "KILLED"];

/** A parameter of a run, set once. */
export type Param = Tag;
export const paramSchema = tagSchema;
type ParamWire = TagWire;

/** A run's own fields, without its data. Times are UTC milliseconds. */
export type RunInfo = {
  /** 32 lower-case hex digits. */
  readonly runId: string;
  readonly runName: string;
  readonly experimentId: string;
  readonly userId: string;
  readonly status: RunStatus;
  readonly startTimeMs: number;
  readonly endTimeMs?: number | undefined;
  readonly artifactUri: string;
  readonly lifecycleStage: LifecycleStage;
};

/** The entries that a run has logged. */
export type RunData = {
  /** The latest point of each metric: highest step, then timestamp, then value. */
  readonly metrics: readonly Metric[];
  readonly params: readonly Param[];
  readonly tags: readonly Tag[];
};

/** A logged model that a run used. */
export type ModelInput = { readonly modelId: string };
/** A logged model that a run produced, and the step. */
export type ModelOutput = { readonly modelId: string; readonly step: number };

/** A run with all that belongs to it. */
export type Run = {
  readonly info: RunInfo;
  readonly data: RunData;
  readonly inputs: {
    readonly datasetInputs: readonly DatasetInput[];
    readonly modelInputs: readonly ModelInput[];
  };
  readonly outputs: { readonly modelOutputs: readonly ModelOutput[] };
};

export const runInfoSchema = z.object({
  run_id: z.string(),
  /** The same id, for 1.x clients. */
  run_uuid: z.string().optional(),
  run_name: z.string().default(""),
  experiment_id: z.string(),
  user_id: z.string().default(""),
  status: runStatusSchema.default("RUNNING"),
  start_time: int64.default(0),
  end_time: int64.optional(),
  artifact_uri: z.string().default(""),
  lifecycle_stage: lifecycleStageSchema.default("active"),
});
/** `RunInfo` in MLflow's REST API (`mlflow/protos/service.proto`). */
export type RunInfoWire = z.infer<typeof runInfoSchema>;

export const modelInputSchema = z.object({ model_id: modelId });
export const modelOutputSchema = z.object({ model_id: modelId, step: int64.default(0) });

export const runSchema = z.object({
  info: runInfoSchema,
  data: message(
    z.object({ metrics: repeated(metricSchema), params: repeated(paramSchema), tags: repeated(tagSchema) }),
  ),
  inputs: message(
    z.object({ dataset_inputs: repeated(datasetInputSchema), model_inputs: repeated(modelInputSchema) }),
  ),
  outputs: message(z.object({ model_outputs: repeated(modelOutputSchema) })),
});

/** A run in MLflow's REST API (`Run` in `mlflow/protos/service.proto`). */
export type RunWire = {
  info: RunInfoWire;
  data: { metrics: MetricWire[]; params: ParamWire[]; tags: TagWire[] };
  inputs: { dataset_inputs: DatasetInputWire[]; model_inputs: z.infer<typeof modelInputSchema>[] };
  outputs: { model_outputs: z.infer<typeof modelOutputSchema>[] };
};

/** Converts a run's info to its wire form. `run_uuid` repeats the id for 1.x clients. */
export function runInfoToWire(info: RunInfo): RunInfoWire {
  return {
    run_id: info.runId,
    run_uuid: info.runId,
    run_name: info.runName,
    experiment_id: info.experimentId,
    user_id: info.userId,
    status: info.status,
    start_time: info.startTimeMs,
    end_time: info.endTimeMs,
    artifact_uri: info.artifactUri,
    lifecycle_stage: info.lifecycleStage,
  };
}

/** Converts a run's info from its wire form. */
export function runInfoFromWire(wire: RunInfoWire): RunInfo {
  return {
    runId: wire.run_id,
    runName: wire.run_name,
    experimentId: wire.experiment_id,
    userId: wire.user_id,
    status: wire.status,
    startTimeMs: wire.start_time,
    endTimeMs: wire.end_time,
    artifactUri: wire.artifact_uri,
    lifecycleStage: wire.lifecycle_stage,
  };
}

/** Converts a run to its wire form. */
export function runToWire(run: Run): RunWire {
  return {
    info: runInfoToWire(run.info),
    data: {
      metrics: run.data.metrics.map(metricToWire),
      params: [...run.data.params],
      tags: [...run.data.tags],
    },
    inputs: {
      dataset_inputs: run.inputs.datasetInputs.map(datasetInputToWire),
      model_inputs: run.inputs.modelInputs.map(({ modelId }) => ({ model_id: modelId })),
    },
    outputs: {
      model_outputs: run.outputs.modelOutputs.map(({ modelId, step }) => ({ model_id: modelId, step })),
    },
  };
}

/** Converts a run from its wire form. */
export function runFromWire(wire: z.infer<typeof runSchema>): Run {
  return {
    info: runInfoFromWire(wire.info),
    data: {
      metrics: wire.data.metrics.map(metricFromWire),
      params: wire.data.params,
      tags: wire.data.tags,
    },
    inputs: {
      datasetInputs: wire.inputs.dataset_inputs.map(datasetInputFromWire),
      modelInputs: wire.inputs.model_inputs.map(({ model_id: modelId }) => ({ modelId })),
    },
    outputs: {
      modelOutputs: wire.outputs.model_outputs.map(({ model_id: modelId, step }) => ({ modelId, step })),
    },
  };
}

/** Tags with a meaning to MLflow's clients and page (`mlflow/utils/mlflow_tags.py`). */
export const SYSTEM_TAGS = {
  runName: "mlflow.runName",
  runNote: "mlflow.note.content",
  parentRunId: "mlflow.parentRunId",
  user: "mlflow.user",
  sourceName: "mlflow.source.name",
  sourceType: "mlflow.source.type",
  gitCommit: "mlflow.source.git.commit",
  gitRepoUrl: "mlflow.source.git.repoURL",
  gitBranch: "mlflow.source.git.branch",
  projectEntryPoint: "mlflow.project.entryPoint",
  projectBackend: "mlflow.project.backend",
  projectEnv: "mlflow.project.env",
  projectVersion: "mlflow.project.version",
  databricksRunUrl: "mlflow.databricks.runURL",
  databricksJobId: "mlflow.databricks.shellJobID",
  databricksJobRunId: "mlflow.databricks.shellJobRunID",
  databricksWebAppUrl: "mlflow.databricks.webappURL",
  loggedModelHistory: "mlflow.log-model.history",
  modelVersions: "mlflow.modelVersions",
  datasetContext: "mlflow.data.context",
} as const;
