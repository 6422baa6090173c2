import { z } from "zod";
import type { ModelSignature } from "../signature/signature.ts";
import {
  modelSignatureSchema,
  type ModelSignatureWire,
  signatureFromWire,
  signatureToWire,
} from "../signature/signature-wire.ts";

/** Describes how to read the saved input example. */
export type SavedInputExampleInfo = {
  readonly artifactPath: string;
  readonly type: "dataframe";
  readonly pandasOrient: "split";
  /** The same example as a body for `/invocations`. */
  readonly servingInputPath: string;
};

/** A flavor's entry: how its loader finds and reads the model's files. */
export type FlavorConfig = Readonly<Record<string, unknown>>;

/** The content of an MLmodel file (MLflow's `Model`). */
export type MlModel = {
  /** Where the model was logged: an artifact URI or a path within a run. */
  readonly artifactPath?: string | undefined;
  readonly runId?: string | undefined;
  /** The logged model's id (MLflow 3): `m-` and 32 hex digits. */
  readonly modelId?: string | undefined;
  readonly modelUuid: string;
  /** UTC in MLflow's format: `2026-11-24 06:22:15.860155`. */
  readonly utcTimeCreated: string;
  /** The MLflow release whose file format this is. */
  readonly mlflowVersion: string;
  readonly modelSizeBytes?: number | undefined;
  readonly flavors: Readonly<Record<string, FlavorConfig>>;
  readonly signature?: ModelSignature | undefined;
  readonly savedInputExampleInfo?: SavedInputExampleInfo | undefined;
  readonly metadata?: Readonly<Record<string, unknown>> | undefined;
  /** Keys of the file that have no field here, unchanged. */
  readonly otherKeys?: Readonly<Record<string, unknown>> | undefined;
};

type ExampleInfoWire = {
  artifact_path: string;
  type: "dataframe";
  pandas_orient: "split";
  serving_input_path: string;
};

const exampleInfoSchema: z.ZodType<ExampleInfoWire> = z.object({
  artifact_path: z.string(),
  type: z.literal("dataframe"),
  pandas_orient: z.literal("split"),
  serving_input_path: z.string(),
});

/** The file's raw content, keys in MLflow's (alphabetical) order. */
export type MlModelWire = {
  artifact_path?: string | undefined;
  flavors: Record<string, Record<string, unknown>>;
  metadata?: Record<string, unknown> | undefined;
  mlflow_version?: string | undefined;
  model_id?: string | undefined;
  model_size_bytes?: number | undefined;
  model_uuid?: string | undefined;
  run_id?: string | undefined;
  saved_input_example_info?: Record<string, unknown> | undefined;
  signature?: ModelSignatureWire | undefined;
  utc_time_created?: string | undefined;
  [other: string]: unknown;
};

/** Other programs write additional keys, which we keep. null means absent. */
export const mlModelSchema: z.ZodType<MlModelWire> = z.looseObject({
  artifact_path: absentOr(z.string()),
  flavors: z.record(z.string(), z.record(z.string(), z.unknown())),
  metadata: absentOr(z.record(z.string(), z.unknown())),
  mlflow_version: absentOr(z.string()),
  model_id: absentOr(z.string()),
  model_size_bytes: absentOr(z.number()),
  model_uuid: absentOr(z.string()),
  run_id: absentOr(z.string()),
  saved_input_example_info: absentOr(z.record(z.string(), z.unknown())),
  signature: absentOr(modelSignatureSchema),
  utc_time_created: absentOr(z.string()),
});

function absentOr<T>(schema: z.ZodType<T>): z.ZodType<T | undefined> {
  return z
    .nullable(schema)
    .optional()
    .transform((value) => value ?? undefined);
}

export function mlModelFromWire(wire: MlModelWire): MlModel {
  const {
    artifact_path: artifactPath,
    run_id: runId,
    model_id: modelId,
    model_uuid: modelUuid = "",
    utc_time_created: utcTimeCreated = "",
    mlflow_version: mlflowVersion = "",
    model_size_bytes: modelSizeBytes,
    saved_input_example_info: exampleInfo,
    signature,
    flavors,
    metadata,
    ...otherKeys
  } = wire;
  const example = exampleInfoSchema.safeParse(exampleInfo);
  return {
    modelUuid,
    utcTimeCreated,
    mlflowVersion,
    flavors,
    artifactPath,
    runId,
    modelId,
    modelSizeBytes,
    signature: signature && signatureFromWire(signature),
    savedInputExampleInfo: example.success ? exampleInfoFromWire(example.data) : undefined,
    metadata,
    otherKeys: withOtherExample(otherKeys, example.success ? undefined : exampleInfo),
  };
}

/** Keeps other kinds of examples (arrays, text) unchanged. */
function withOtherExample(
  otherKeys: Record<string, unknown>,
  exampleInfo: Record<string, unknown> | undefined,
): MlModel["otherKeys"] {
  const kept =
    exampleInfo === undefined ? otherKeys : { ...otherKeys, saved_input_example_info: exampleInfo };
  return Object.keys(kept).length === 0 ? undefined : kept;
}

/** Omits keys without a value; MLflow treats absent and null alike. */
export function mlModelToWire(model: MlModel): MlModelWire {
  return {
    ...model.otherKeys,
    artifact_path: model.artifactPath,
    flavors: { ...model.flavors },
    metadata: model.metadata && { ...model.metadata },
    mlflow_version: model.mlflowVersion,
    model_id: model.modelId,
    model_size_bytes: model.modelSizeBytes,
    model_uuid: model.modelUuid,
    run_id: model.runId,
    ...(model.savedInputExampleInfo && {
      saved_input_example_info: exampleInfoToWire(model.savedInputExampleInfo),
    }),
    signature: model.signature && signatureToWire(model.signature),
    utc_time_created: model.utcTimeCreated,
  };
}

function exampleInfoFromWire(wire: ExampleInfoWire): SavedInputExampleInfo {
  return {
    artifactPath: wire.artifact_path,
    type: wire.type,
    pandasOrient: wire.pandas_orient,
    servingInputPath: wire.serving_input_path,
  };
}

function exampleInfoToWire(info: SavedInputExampleInfo): ExampleInfoWire {
  return {
    artifact_path: info.artifactPath,
    pandas_orient: info.pandasOrient,
    serving_input_path: info.servingInputPath,
    type: info.type,
  };
}
