import { z } from "zod";
import { int64, longText, repeated } from "../scalars.ts";
import { type Tag, tagSchema } from "../tag.ts";

export const modelVersionStatusSchema = z.enum(["PENDING_REGISTRATION", "FAILED_REGISTRATION", "READY"]);
export type ModelVersionStatus = z.infer<typeof modelVersionStatusSchema>;

/** Stages of the old registry; kept because clients up to 2.x still move versions between them. */
export const MODEL_STAGES = ["None", "Staging", "Production", "Archived"] as const;
export type ModelStage = (typeof MODEL_STAGES)[number];

export type ModelVersion = {
  readonly name: string;
  /** A positive integer as text, counted per registered model. */
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
  readonly modelId?: string;
  readonly tags: readonly Tag[];
  readonly aliases: readonly string[];
};

/** A version on the wire is a number in JSON from some clients. */
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
export type ModelVersionWire = z.infer<typeof modelVersionSchema>;

/** What is empty is absent where MLflow's server leaves it out, since clients read None from that. */
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
    ...(version.modelId !== undefined && { model_id: version.modelId }),
    tags: [...version.tags],
    aliases: [...version.aliases],
  };
}

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
    ...(wire.model_id !== undefined && { modelId: wire.model_id }),
    tags: wire.tags,
    aliases: wire.aliases,
  };
}
