import { z } from "zod";
import type { ModelSignature } from "../signature/signature.ts";
import { modelSignatureSchema, signatureFromWire, signatureToWire } from "../signature/signature-wire.ts";

/** How the saved input example is to be read. */
export type SavedInputExampleInfo = {
  readonly artifactPath: string;
  readonly type: "dataframe";
  readonly pandasOrient: "split";
  /** The same example as a body for `/invocations`. */
  readonly servingInputPath: string;
};

/** Facts of one flavour: how its loader finds and reads the model's files. */
export type FlavorConfig = Readonly<Record<string, unknown>>;

/** What an MLmodel file says (MLflow's `Model`). */
export type MlModel = {
  /** Where the model was logged: an artifact URI, or a path of a run. */
  readonly artifactPath?: string;
  readonly runId?: string;
  /** Of the logged model (MLflow 3): `m-` and 32 hex digits. */
  readonly modelId?: string;
  readonly modelUuid: string;
  /** UTC, as MLflow writes it: `2026-11-24 06:22:15.860155`. */
  readonly utcTimeCreated: string;
  /** The release of MLflow whose form the file has. */
  readonly mlflowVersion: string;
  readonly modelSizeBytes?: number;
  readonly flavors: Readonly<Record<string, FlavorConfig>>;
  readonly signature?: ModelSignature;
  readonly savedInputExampleInfo?: SavedInputExampleInfo;
  readonly metadata?: Readonly<Record<string, unknown>>;
};

const exampleInfoSchema = z.object({
  artifact_path: z.string(),
  type: z.literal("dataframe"),
  pandas_orient: z.literal("split"),
  serving_input_path: z.string(),
});

/** Files by other programs hold more keys than these; they are ignored. null means absent. */
export const mlModelSchema = z.object({
  artifact_path: z.string().nullish(),
  run_id: z.string().nullish(),
  model_id: z.string().nullish(),
  model_uuid: z.string().nullish(),
  utc_time_created: z.string().nullish(),
  mlflow_version: z.string().nullish(),
  model_size_bytes: z.number().nullish(),
  flavors: z.record(z.string(), z.record(z.string(), z.unknown())),
  signature: modelSignatureSchema.nullish(),
  /** Other kinds of example (arrays, text) are of no use here. */
  saved_input_example_info: exampleInfoSchema.nullish().catch(null),
  metadata: z.record(z.string(), z.unknown()).nullish(),
});
export type MlModelWire = z.infer<typeof mlModelSchema>;

export function mlModelFromWire(wire: MlModelWire): MlModel {
  const example = wire.saved_input_example_info;
  return {
    modelUuid: wire.model_uuid ?? "",
    utcTimeCreated: wire.utc_time_created ?? "",
    mlflowVersion: wire.mlflow_version ?? "",
    flavors: wire.flavors,
    ...(wire.artifact_path != null && { artifactPath: wire.artifact_path }),
    ...(wire.run_id != null && { runId: wire.run_id }),
    ...(wire.model_id != null && { modelId: wire.model_id }),
    ...(wire.model_size_bytes != null && { modelSizeBytes: wire.model_size_bytes }),
    ...(wire.signature != null && { signature: signatureFromWire(wire.signature) }),
    ...(example != null && { savedInputExampleInfo: exampleInfoFromWire(example) }),
    ...(wire.metadata != null && { metadata: wire.metadata }),
  };
}

/** Keys without a value are left out, as MLflow reads their absence and null alike. */
export function mlModelToWire(model: MlModel): MlModelWire {
  return {
    artifact_path: model.artifactPath,
    flavors: { ...model.flavors },
    metadata: model.metadata,
    mlflow_version: model.mlflowVersion,
    model_id: model.modelId,
    model_size_bytes: model.modelSizeBytes,
    model_uuid: model.modelUuid,
    run_id: model.runId,
    saved_input_example_info: model.savedInputExampleInfo && exampleInfoToWire(model.savedInputExampleInfo),
    signature: model.signature && signatureToWire(model.signature),
    utc_time_created: model.utcTimeCreated,
  };
}

type ExampleInfoWire = z.infer<typeof exampleInfoSchema>;

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
