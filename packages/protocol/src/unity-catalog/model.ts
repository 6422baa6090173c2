import { z } from "zod";
import type { ModelVersion } from "../registry/model-version.ts";
import { modelVersionStatusSchema, versionText } from "../registry/model-version.ts";
import type { RegisteredModel } from "../registry/registered-model.ts";
import { int64, repeated } from "../scalars.ts";
import { tagSchema } from "../tag.ts";

/*
 * Registered models and versions as MLflow's clients of Unity Catalog read them: without stages, with where the files
 * are, and with aliases of a version that name the version once more.
 */

const aliasSchema = z.object({ alias: z.string(), version: versionText });

export const unityCatalogModelSchema = z.object({
  name: z.string(),
  creation_timestamp: int64.default(0),
  last_updated_timestamp: int64.default(0),
  description: z.string().default(""),
  aliases: repeated(aliasSchema),
  tags: repeated(tagSchema),
});

export const unityCatalogVersionSchema = z.object({
  name: z.string(),
  version: versionText,
  creation_timestamp: int64.default(0),
  last_updated_timestamp: int64.default(0),
  user_id: z.string().default(""),
  description: z.string().default(""),
  source: z.string().default(""),
  run_id: z.string().default(""),
  status: modelVersionStatusSchema.default("READY"),
  status_message: z.string().default(""),
  storage_location: z.string().optional(),
  model_id: z.string().optional(),
  aliases: repeated(aliasSchema),
  tags: repeated(tagSchema),
});

export function unityCatalogModelToWire(model: RegisteredModel): z.input<typeof unityCatalogModelSchema> {
  return {
    name: model.name,
    creation_timestamp: model.creationTimeMs,
    last_updated_timestamp: model.lastUpdateTimeMs,
    description: model.description,
    aliases: [...model.aliases],
    tags: [...model.tags],
  };
}

/** Lists of versions do not tell where the files are. */
export function unityCatalogVersionToWire(
  version: ModelVersion,
  storageLocation?: string,
): z.input<typeof unityCatalogVersionSchema> {
  return {
    name: version.name,
    version: version.version,
    creation_timestamp: version.creationTimeMs,
    last_updated_timestamp: version.lastUpdateTimeMs,
    user_id: version.userId,
    description: version.description,
    source: version.source,
    run_id: version.runId,
    status: version.status,
    status_message: version.statusMessage,
    ...(storageLocation !== undefined && { storage_location: storageLocation }),
    ...(version.modelId !== undefined && { model_id: version.modelId }),
    aliases: version.aliases.map((alias) => ({ alias, version: version.version })),
    tags: [...version.tags],
  };
}
