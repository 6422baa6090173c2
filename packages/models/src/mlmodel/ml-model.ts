import { z } from "zod";
import type { ModelSignature } from "../signature/signature.ts";
import {
  modelSignatureSchema,
  type ModelSignatureWire,
  signatureFromWire,
  signatureToWire,
} from "../signature/signature-wire.ts";

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

/** The file as it stands, keys in MLflow's (alphabetical) order. */
export type MlModelWire = {
  artifact_path?: string | undefined;
  flavors: Record<string, Record<string, unknown>>;
  metadata?: Record<string, unknown> | undefined;
  mlflow_version?: string | undefined;
  model_id?: string | undefined;
  model_size_bytes?: number | undefined;
  model_uuid?: string | undefined;
  run_id?: string | undefined;
  saved_input_example_info?: ExampleInfoWire | undefined;
  signature?: ModelSignatureWire | undefined;
  utc_time_created?: string | undefined;
};

/** Files by other programs hold more keys than these; they are ignored. null means absent. */
export const mlModelSchema: z.ZodType<MlModelWire> = z.object({
  artifact_path: absentOr(z.string()),
  flavors: z.record(z.string(), z.record(z.string(), z.unknown())),
  metadata: absentOr(z.record(z.string(), z.unknown())),
  mlflow_version: absentOr(z.string()),
  model_id: absentOr(z.string()),
  model_size_bytes: absentOr(z.number()),
  model_uuid: absentOr(z.string()),
  run_id: absentOr(z.string()),
  /** Other kinds of example (arrays, text) are of no use here. */
  saved_input_example_info: absentOr(exampleInfoSchema).catch(undefined),
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
  const example = wire.saved_input_example_info;
  return {
    modelUuid: wire.model_uuid ?? "",
    utcTimeCreated: wire.utc_time_created ?? "",
    mlflowVersion: wire.mlflow_version ?? "",
    flavors: wire.flavors,
    ...(wire.artifact_path !== undefined && { artifactPath: wire.artifact_path }),
    ...(wire.run_id !== undefined && { runId: wire.run_id }),
    ...(wire.model_id !== undefined && { modelId: wire.model_id }),
    ...(wire.model_size_bytes !== undefined && { modelSizeBytes: wire.model_size_bytes }),
    ...(wire.signature !== undefined && { signature: signatureFromWire(wire.signature) }),
    ...(example !== undefined && { savedInputExampleInfo: exampleInfoFromWire(example) }),
    ...(wire.metadata !== undefined && { metadata: wire.metadata }),
  };
}

/** Keys without a value are left out of the file; MLflow reads their absence and null alike. */
export function mlModelToWire(model: MlModel): MlModelWire {
  return {
    artifact_path: model.artifactPath,
    flavors: { ...model.flavors },
    metadata: model.metadata && { ...model.metadata },
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
