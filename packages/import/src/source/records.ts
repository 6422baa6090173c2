import { AppError } from "@flightdeck/core";
import {
  type Dataset,
  type Experiment,
  type LoggedModelStatus,
  MODEL_STAGES,
  type ModelStage,
  type ModelVersionStatus,
} from "@flightdeck/protocol";
import type {
  ImportedExperiment,
  ImportedModel,
  ImportedRegisteredModel,
  ImportedRun,
  ImportedVersion,
} from "@flightdeck/store";
import { z } from "zod";

/*
 * MLflow's records, as stored in its files and its database tables, with the same field names in both. They differ in
 * integers, which are text in files, and in how a record's related data is stored, which each reader collects itself.
 */

/** The error for data that is not in MLflow's format. `where` names the file, table or record. */
export function malformed(where: string, problem: string, cause?: unknown): AppError {
  return new AppError("INVALID_PARAMETER_VALUE", `${where} is not in MLflow's format: ${problem}`, { cause });
}

/** Validates a record read from a source. */
export function parseRecord<TSchema extends z.ZodType>(
  schema: TSchema,
  value: unknown,
  where: string,
): z.output<TSchema> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const field = issue === undefined || issue.path.length === 0 ? "" : `${issue.path.join(".")}: `;
  throw malformed(where, `${field}${issue?.message ?? "invalid"}`, result.error);
}

export const text: z.ZodType<string> = z.string();
/** A missing text becomes an empty one. */
export const optionalText: z.ZodType<string> = z
  .string()
  .nullish()
  .transform((value) => value ?? "");
export const stage: z.ZodType<"active" | "deleted"> = z
  .enum(["active", "deleted"])
  .nullish()
  .transform((value) => value ?? "active");

/** MLflow's mark of a deleted version. Its number is never reused. */
const DELETED_STAGE = "Deleted_Internal";

const versionStage: z.ZodType<ModelStage | typeof DELETED_STAGE> = z
  .enum([...MODEL_STAGES, DELETED_STAGE])
  .nullish()
  .transform((value) => value ?? "None");
const versionStatus: z.ZodType<ModelVersionStatus> = z
  .enum(["PENDING_REGISTRATION", "FAILED_REGISTRATION", "READY"])
  .nullish()
  .transform((value) => value ?? "READY");

type ExperimentRecord = {
  readonly name: string;
  readonly artifact_location: string;
  readonly lifecycle_stage: "active" | "deleted";
  readonly creation_time: number;
  readonly last_update_time: number;
};

type RunRecord = {
  readonly user_id: string;
  readonly start_time: number;
  readonly end_time?: number | undefined;
  readonly lifecycle_stage: "active" | "deleted";
  readonly artifact_uri: string;
  readonly deleted_time?: number | undefined;
};

type DatasetRecord = {
  readonly name: string;
  readonly digest: string;
  readonly source_type: string;
  readonly source: string;
  readonly schema?: string | null | undefined;
  readonly profile?: string | null | undefined;
};

type ModelRecord = {
  readonly model_id: string;
  readonly name: string;
  readonly artifact_location: string;
  readonly creation_timestamp: number;
  readonly last_updated_timestamp: number;
  readonly status?: number | undefined;
  readonly status_message: string;
  readonly lifecycle_stage: "active" | "deleted";
  readonly model_type: string;
  readonly source_run_id: string;
};

type RegisteredModelRecord = {
  readonly name: string;
  readonly creation_timestamp: number;
  readonly last_updated_timestamp: number;
  readonly description: string;
};

/** A version of a registered model, possibly deleted. */
export type VersionRecord = {
  readonly version: number;
  readonly creation_timestamp: number;
  readonly last_updated_timestamp: number;
  readonly description: string;
  readonly user_id: string;
  readonly current_stage: ModelStage | typeof DELETED_STAGE;
  readonly source: string;
  readonly storage_location: string;
  readonly run_id: string;
  readonly run_link: string;
  readonly status: ModelVersionStatus;
  readonly status_message: string;
  readonly model_id: string;
};

/** The schemas of MLflow's records. Times are UTC milliseconds, and 0 when missing. */
export type RecordSchemas = {
  readonly integer: z.ZodType<number>;
  readonly experiment: z.ZodType<ExperimentRecord>;
  readonly run: z.ZodType<RunRecord>;
  readonly dataset: z.ZodType<DatasetRecord>;
  readonly model: z.ZodType<ModelRecord>;
  readonly registeredModel: z.ZodType<RegisteredModelRecord>;
  readonly version: z.ZodType<VersionRecord>;
};

/** Records in files, where every scalar is a string or null. */
export const FILE_RECORDS: RecordSchemas = recordSchemas(
  z
    .string()
    .regex(/^-?\d+$/, "not an integer")
    .transform(Number)
    .refine(Number.isSafeInteger, "an integer beyond 2^53"),
);

/** Records in database tables. */
export const TABLE_RECORDS: RecordSchemas = recordSchemas(
  z.number().refine(Number.isSafeInteger, "not an integer"),
);

function recordSchemas(integer: z.ZodType<number>): RecordSchemas {
  const optionalInteger = integer.nullish().transform((value) => value ?? undefined);
  const time = integer.nullish().transform((value) => value ?? 0);
  const times = { creation_timestamp: time, last_updated_timestamp: time };
  return {
    integer,
    experiment: z.object({
      name: text,
      artifact_location: optionalText,
      lifecycle_stage: stage,
      creation_time: time,
      last_update_time: time,
    }),
    run: z.object({
      user_id: optionalText,
      start_time: time,
      end_time: optionalInteger,
      lifecycle_stage: stage,
      artifact_uri: optionalText,
      deleted_time: optionalInteger,
    }),
    dataset: z.object({
      name: text,
      digest: text,
      source_type: optionalText,
      source: optionalText,
      schema: z.string().nullish(),
      profile: z.string().nullish(),
    }),
    model: z.object({
      model_id: text,
      name: text,
      artifact_location: optionalText,
      ...times,
      status: optionalInteger,
      status_message: optionalText,
      lifecycle_stage: stage,
      model_type: optionalText,
      source_run_id: optionalText,
    }),
    registeredModel: z.object({ name: text, ...times, description: optionalText }),
    version: z.object({
      version: integer,
      ...times,
      description: optionalText,
      user_id: optionalText,
      current_stage: versionStage,
      source: optionalText,
      storage_location: optionalText,
      run_id: optionalText,
      run_link: optionalText,
      status: versionStatus,
      status_message: optionalText,
      model_id: optionalText,
    }),
  };
}

/** `parts` has the fields that the record lacks or that replace the record's own. */
export function experimentFromRecord(
  record: ExperimentRecord,
  parts: Pick<Experiment, "experimentId" | "tags"> & Partial<Experiment>,
): ImportedExperiment {
  return {
    name: record.name,
    artifactLocation: record.artifact_location,
    lifecycleStage: record.lifecycle_stage,
    creationTimeMs: record.creation_time,
    lastUpdateTimeMs: record.last_update_time,
    ...parts,
  };
}

type RunParts = Pick<ImportedRun, "inputs" | "outputs"> &
  Pick<ImportedRun["info"], "runId" | "runName" | "experimentId" | "status" | "artifactUri"> &
  Omit<ImportedRun["data"], "metrics">;

export function runFromRecord(record: RunRecord, parts: RunParts): ImportedRun {
  const { runId, runName, experimentId, status, artifactUri, params, tags, inputs, outputs } = parts;
  return {
    info: {
      runId,
      runName,
      experimentId,
      userId: record.user_id,
      status,
      startTimeMs: record.start_time,
      endTimeMs: record.end_time,
      artifactUri,
      lifecycleStage: record.lifecycle_stage,
    },
    data: { metrics: [], params, tags },
    inputs,
    outputs,
    deletedTimeMs: record.deleted_time,
  };
}

export function datasetFromRecord(record: DatasetRecord): Dataset {
  return {
    name: record.name,
    digest: record.digest,
    sourceType: record.source_type,
    source: record.source,
    schema: record.schema ?? undefined,
    profile: record.profile ?? undefined,
  };
}

export function modelFromRecord(
  record: ModelRecord,
  parts: Pick<ImportedModel, "experimentId" | "artifactUri" | "params" | "tags" | "metrics">,
): ImportedModel {
  return {
    modelId: record.model_id,
    name: record.name,
    modelType: record.model_type,
    sourceRunId: record.source_run_id,
    status: MODEL_STATUS_BY_NUMBER[record.status ?? 0] ?? "LOGGED_MODEL_STATUS_UNSPECIFIED",
    statusMessage: record.status_message,
    creationTimeMs: record.creation_timestamp,
    lastUpdateTimeMs: record.last_updated_timestamp,
    isDeleted: record.lifecycle_stage === "deleted",
    ...parts,
  };
}

/** MLflow's numbers for a logged model's status (`LoggedModelStatus` in its protos). */
const MODEL_STATUS_BY_NUMBER: Readonly<Record<number, LoggedModelStatus>> = {
  0: "LOGGED_MODEL_STATUS_UNSPECIFIED",
  1: "LOGGED_MODEL_PENDING",
  2: "LOGGED_MODEL_READY",
  3: "LOGGED_MODEL_UPLOAD_FAILED",
};

export function registeredModelFromRecord(
  record: RegisteredModelRecord,
  parts: Pick<ImportedRegisteredModel, "lastVersion" | "tags" | "aliases" | "versions">,
): ImportedRegisteredModel {
  return {
    name: record.name,
    description: record.description,
    creationTimeMs: record.creation_timestamp,
    lastUpdateTimeMs: record.last_updated_timestamp,
    ...parts,
  };
}

/** Undefined for a deleted version. */
export function findVersionOfRecord(
  record: VersionRecord,
  { name, tags }: Pick<ImportedVersion, "name" | "tags">,
): ImportedVersion | undefined {
  if (record.current_stage === DELETED_STAGE) return undefined;
  return {
    name,
    version: String(record.version),
    creationTimeMs: record.creation_timestamp,
    lastUpdateTimeMs: record.last_updated_timestamp,
    userId: record.user_id,
    currentStage: record.current_stage,
    description: record.description,
    source: record.source,
    storageLocation: record.storage_location || record.source,
    runId: record.run_id,
    runLink: record.run_link,
    status: record.status,
    statusMessage: record.status_message,
    modelId: record.model_id || modelIdOf(record.source),
    tags,
    aliases: [],
  };
}

/** The id of the logged model in a version's source; undefined for other sources. */
function modelIdOf(source: string): string | undefined {
  return /^models:\/(m-[0-9a-f]{32})$/.exec(source)?.[1];
}
