import { MODEL_STAGES, type ModelVersionStatus } from "@flightdeck/protocol";
import type { ImportedRegisteredModel, ImportedVersion } from "@flightdeck/store";
import { z } from "zod";
import { modelIdOf } from "../source/model-id-of.ts";
import { parseRecord } from "../source/malformed.ts";
import { DELETED_STAGE } from "../source/statuses.ts";
import { integer, optionalText, text, time } from "./fields.ts";
import type { FolderReader } from "./folder-reader.ts";
import { readTexts } from "./read-texts.ts";

const MODEL = z.object({
  name: text,
  creation_timestamp: time,
  last_updated_timestamp: time,
  description: optionalText,
});

const VERSION = z.object({
  version: integer,
  creation_timestamp: time,
  last_updated_timestamp: time,
  description: optionalText,
  user_id: optionalText,
  current_stage: z
    .enum([...MODEL_STAGES, DELETED_STAGE])
    .nullish()
    .transform((value) => value ?? "None"),
  source: optionalText,
  storage_location: optionalText,
  run_id: optionalText,
  run_link: optionalText,
  status: z
    .enum(["PENDING_REGISTRATION", "FAILED_REGISTRATION", "READY"])
    .nullish()
    .transform((value): ModelVersionStatus => value ?? "READY"),
  status_message: optionalText,
  model_id: optionalText,
});

/** Reads a registered model with its versions: `root/models/<name>`. */
export async function readRegisteredModel(
  reader: FolderReader,
  path: string,
): Promise<ImportedRegisteredModel> {
  const where = `${path}/meta.yaml`;
  const meta = parseRecord(MODEL, await reader.record(where), where);
  const folders = (await reader.folders(path)).filter((name) => /^version-\d+$/.test(name));
  const versions: ImportedVersion[] = [];
  for (const folder of folders) {
    const version = await findVersion(reader, `${path}/${folder}`, meta.name);
    if (version !== undefined) versions.push(version);
  }
  return {
    name: meta.name,
    description: meta.description,
    creationTimeMs: meta.creation_timestamp,
    lastUpdateTimeMs: meta.last_updated_timestamp,
    lastVersion: Math.max(0, ...folders.map((folder) => Number(folder.slice("version-".length)))),
    tags: await readTexts(reader, `${path}/tags`),
    aliases: (await readTexts(reader, `${path}/aliases`)).map(({ key, value }) => ({
      alias: key,
      version: value.trim(),
    })),
    versions: versions.toSorted((a, b) => Number(a.version) - Number(b.version)),
  };
}

/** Undefined for one that was deleted. */
async function findVersion(
  reader: FolderReader,
  path: string,
  name: string,
): Promise<ImportedVersion | undefined> {
  const where = `${path}/meta.yaml`;
  const meta = parseRecord(VERSION, await reader.record(where), where);
  if (meta.current_stage === DELETED_STAGE) return undefined;
  const modelId = meta.model_id === "" ? modelIdOf(meta.source) : meta.model_id;
  return {
    name,
    version: String(meta.version),
    creationTimeMs: meta.creation_timestamp,
    lastUpdateTimeMs: meta.last_updated_timestamp,
    userId: meta.user_id,
    currentStage: meta.current_stage,
    description: meta.description,
    source: meta.source,
    storageLocation: meta.storage_location === "" ? meta.source : meta.storage_location,
    runId: meta.run_id,
    runLink: meta.run_link,
    status: meta.status,
    statusMessage: meta.status_message,
    ...(modelId !== undefined && { modelId }),
    tags: await readTexts(reader, `${path}/tags`),
    aliases: [],
  };
}
