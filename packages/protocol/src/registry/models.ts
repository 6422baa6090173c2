import { z } from "zod";
import { int64, longText, repeated, type Tag, tagSchema } from "../forms.ts";
import { type Need, reading, filesAt, loggedModel, registeredModel, type Resource, run } from "../access.ts";

export const modelVersionStatusSchema = z.enum(["PENDING_REGISTRATION", "FAILED_REGISTRATION", "READY"]);
/** Whether a version can be used. On this server versions are `READY` from the start. */
export type ModelVersionStatus = z.infer<typeof modelVersionStatusSchema>;

/** Stages of the old registry, which clients up to 2.x still use. */
export const MODEL_STAGES = ["None", "Staging", "Production", "Archived"] as const;
/** One of `MODEL_STAGES`. */
export type ModelStage = (typeof MODEL_STAGES)[number];

/** A version of a registered model. Times are UTC milliseconds. */
export type ModelVersion = {
  readonly name: string;
  /** A positive integer as text, numbered per registered model. */
  readonly version: string;
  readonly creationTimeMs: number;
  readonly lastUpdateTimeMs: number;
  readonly userId: string;
  readonly currentStage: ModelStage;
  readonly description: string;
  /** The URI that was registered: `models:/m-…`, `runs:/…`, `mlflow-artifacts:/…`. */
  readonly source: string;
  readonly runId: string;
  readonly runLink: string;
  readonly status: ModelVersionStatus;
  readonly statusMessage: string;
  readonly modelId?: string | undefined;
  readonly tags: readonly Tag[];
  readonly aliases: readonly string[];
};

/** Some clients send the version as a number. */
export const versionText = z.preprocess(
  (value) => (typeof value === "number" ? String(value) : value),
  longText,
);

export const modelVersionSchema = z.object({
  name: z.string(),
  version: versionText,
  creation_timestamp: int64.default(0),
  last_updated_timestamp: int64.default(0),
  user_id: z.string().default(""),
  current_stage: z.enum(MODEL_STAGES).default("None"),
  description: z.string().default(""),
  source: z.string().default(""),
  run_id: z.string().default(""),
  run_link: z.string().default(""),
  status: modelVersionStatusSchema.default("READY"),
  status_message: z.string().default(""),
  model_id: z.string().optional(),
  tags: repeated(tagSchema),
  aliases: repeated(z.string()),
});
/** A version in MLflow's REST API (`ModelVersion` in `mlflow/protos/model_registry.proto`). */
export type ModelVersionWire = z.infer<typeof modelVersionSchema>;

/**
 * Converts a version to its wire form. Omits empty fields where MLflow's server does, since clients read None from
 * that.
 */
export function modelVersionToWire(version: ModelVersion): z.input<typeof modelVersionSchema> {
  return {
    name: version.name,
    version: version.version,
    creation_timestamp: version.creationTimeMs,
    last_updated_timestamp: version.lastUpdateTimeMs,
    ...(version.userId !== "" && { user_id: version.userId }),
    current_stage: version.currentStage,
    description: version.description,
    source: version.source,
    run_id: version.runId,
    run_link: version.runLink,
    status: version.status,
    ...(version.statusMessage !== "" && { status_message: version.statusMessage }),
    model_id: version.modelId,
    tags: [...version.tags],
    aliases: [...version.aliases],
  };
}

/** Converts a version from its wire form. */
export function modelVersionFromWire(wire: ModelVersionWire): ModelVersion {
  return {
    name: wire.name,
    version: wire.version,
    creationTimeMs: wire.creation_timestamp,
    lastUpdateTimeMs: wire.last_updated_timestamp,
    userId: wire.user_id,
    currentStage: wire.current_stage,
    description: wire.description,
    source: wire.source,
    runId: wire.run_id,
    runLink: wire.run_link,
    status: wire.status,
    statusMessage: wire.status_message,
    modelId: wire.model_id,
    tags: wire.tags,
    aliases: wire.aliases,
  };
}

/** A name for one version, such as `champion`, which can be moved to another version. */
export type RegisteredModelAlias = { readonly alias: string; readonly version: string };

/** A model in the registry, with the newest version of each stage. Times are UTC milliseconds. */
export type RegisteredModel = {
  readonly name: string;
  readonly creationTimeMs: number;
  readonly lastUpdateTimeMs: number;
  readonly description: string;
  /** The newest version of each stage that has one. */
  readonly latestVersions: readonly ModelVersion[];
  readonly tags: readonly Tag[];
  readonly aliases: readonly RegisteredModelAlias[];
};

export const registeredModelSchema = z.object({
  name: z.string(),
  creation_timestamp: int64.default(0),
  last_updated_timestamp: int64.default(0),
  description: z.string().default(""),
  latest_versions: repeated(modelVersionSchema),
  tags: repeated(tagSchema),
  aliases: repeated(z.object({ alias: z.string(), version: versionText })),
});
/** A registered model in MLflow's REST API (`RegisteredModel` in `mlflow/protos/model_registry.proto`). */
export type RegisteredModelWire = z.infer<typeof registeredModelSchema>;

/** Converts a registered model to its wire form. */
export function registeredModelToWire(model: RegisteredModel): z.input<typeof registeredModelSchema> {
  return {
    name: model.name,
    creation_timestamp: model.creationTimeMs,
    last_updated_timestamp: model.lastUpdateTimeMs,
    // Clients distinguish an absent description, which they read as None, from an empty one.
    ...(model.description !== "" && { description: model.description }),
    latest_versions: model.latestVersions.map(modelVersionToWire),
    tags: [...model.tags],
    aliases: [...model.aliases],
  };
}

/** Converts a registered model from its wire form. */
export function registeredModelFromWire(wire: RegisteredModelWire): RegisteredModel {
  return {
    name: wire.name,
    creationTimeMs: wire.creation_timestamp,
    lastUpdateTimeMs: wire.last_updated_timestamp,
    description: wire.description,
    latestVersions: wire.latest_versions.map(modelVersionFromWire),
    tags: wire.tags,
    aliases: wire.aliases,
  };
}

type NewVersion = {
  readonly name: string;
  readonly source: string;
  readonly run_id?: string | undefined;
  readonly model_id?: string | undefined;
};

/**
 * The resources named by a call that creates a model version. Users who may read the version can read the files at its
 * source, so its creator must be allowed to read them too.
 */
export function versionNeeds(version: NewVersion): readonly (Resource | Need)[] {
  const { name, source, run_id: runId, model_id: modelId } = version;
  return [
    registeredModel(name),
    reading(filesAt(source)),
    ...(runId === undefined ? [] : [reading(run(runId))]),
    ...(modelId === undefined ? [] : [reading(loggedModel(modelId))]),
  ];
}
