import { z } from "zod";
import { modelId } from "../ids.ts";
import {
  type DatasetInput,
  datasetInputFromWire,
  datasetInputSchema,
  type DatasetInputWire,
  datasetInputToWire,
} from "../datasets/dataset.ts";
import { int64, message, repeated } from "../scalars.ts";
import { type Tag, tagSchema, type TagWire } from "../tag.ts";
import { type LifecycleStage, lifecycleStageSchema } from "../view-type.ts";
import { type Metric, metricFromWire, metricSchema, metricToWire, type MetricWire } from "./metric.ts";

export const runStatusSchema = z.enum(["RUNNING", "SCHEDULED", "FINISHED", "FAILED", "KILLED"]);
export type RunStatus = z.infer<typeof runStatusSchema>;

/** Statuses that a run does not leave by itself. */
export const TERMINAL_RUN_STATUSES: readonly RunStatus[] = ["FINISHED", "FAILED", "KILLED"];

export type Param = Tag;
export const paramSchema = tagSchema;
export type ParamWire = TagWire;

export type RunInfo = {
  /** 32 lower-case hex digits. */
  readonly runId: string;
  readonly runName: string;
  readonly experimentId: string;
  readonly userId: string;
  readonly status: RunStatus;
  readonly startTimeMs: number;
  readonly endTimeMs?: number;
  readonly artifactUri: string;
  readonly lifecycleStage: LifecycleStage;
};

export type RunData = {
  /** The latest point of each metric: highest step, then timestamp, then value. */
  readonly metrics: readonly Metric[];
  readonly params: readonly Param[];
  readonly tags: readonly Tag[];
};

export type ModelInput = { readonly modelId: string };
export type ModelOutput = { readonly modelId: string; readonly step: number };

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
  /** The name that 1.x clients read. */
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

export type RunWire = {
  info: RunInfoWire;
  data: { metrics: MetricWire[]; params: ParamWire[]; tags: TagWire[] };
  inputs: { dataset_inputs: DatasetInputWire[]; model_inputs: z.infer<typeof modelInputSchema>[] };
  outputs: { model_outputs: z.infer<typeof modelOutputSchema>[] };
};

export function runInfoToWire(info: RunInfo): RunInfoWire {
  return {
    run_id: info.runId,
    run_uuid: info.runId,
    run_name: info.runName,
    experiment_id: info.experimentId,
    user_id: info.userId,
    status: info.status,
    start_time: info.startTimeMs,
    ...(info.endTimeMs !== undefined && { end_time: info.endTimeMs }),
    artifact_uri: info.artifactUri,
    lifecycle_stage: info.lifecycleStage,
  };
}

export function runInfoFromWire(wire: RunInfoWire): RunInfo {
  return {
    runId: wire.run_id,
    runName: wire.run_name,
    experimentId: wire.experiment_id,
    userId: wire.user_id,
    status: wire.status,
    startTimeMs: wire.start_time,
    ...(wire.end_time !== undefined && { endTimeMs: wire.end_time }),
    artifactUri: wire.artifact_uri,
    lifecycleStage: wire.lifecycle_stage,
  };
}

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
