import { z } from "zod";
import type { ModelVersion } from "../registry/model-version.ts";
import { modelVersionStatusSchema } from "../registry/model-version.ts";
import type { RegisteredModel } from "../registry/registered-model.ts";
import { int64, repeated } from "../scalars.ts";
import { tagSchema } from "../tag.ts";
import { type FullName, splitFullName } from "./full-name.ts";

/* Registered models and versions as Unity Catalog's own API has them (https://docs.databricks.com/api/workspace/registeredmodels). */

/** Absent where the name has neither. */
const place = { catalog_name: z.string().optional(), schema_name: z.string().optional() };
const aliasSchema = z.object({ alias_name: z.string(), version_num: int64 });

export const catalogAliasSchema = aliasSchema.extend({ ...place, model_name: z.string() });

export const catalogModelSchema = z.object({
  ...place,
  name: z.string(),
  full_name: z.string(),
  comment: z.string().default(""),
  created_at: int64.default(0),
  updated_at: int64.default(0),
  aliases: repeated(aliasSchema),
  tags: repeated(tagSchema),
});

export const catalogVersionSchema = z.object({
  ...place,
  model_name: z.string(),
  version: int64,
  comment: z.string().default(""),
  source: z.string().default(""),
  run_id: z.string().default(""),
  status: modelVersionStatusSchema.default("READY"),
  storage_location: z.string().optional(),
  model_id: z.string().optional(),
  created_at: int64.default(0),
  created_by: z.string().default(""),
  updated_at: int64.default(0),
  aliases: repeated(aliasSchema),
  tags: repeated(tagSchema),
});

export function catalogModelToWire(model: RegisteredModel): z.input<typeof catalogModelSchema> {
  const fullName = splitFullName(model.name);
  return {
    ...placeToWire(fullName),
    name: fullName.name,
    full_name: model.name,
    comment: model.description,
    created_at: model.creationTimeMs,
    updated_at: model.lastUpdateTimeMs,
    aliases: model.aliases.map(({ alias, version }) => ({ alias_name: alias, version_num: Number(version) })),
    tags: [...model.tags],
  };
}

/** Lists of versions do not tell where the files are. */
export function catalogVersionToWire(
  version: ModelVersion,
  storageLocation?: string,
): z.input<typeof catalogVersionSchema> {
  const fullName = splitFullName(version.name);
  return {
    ...placeToWire(fullName),
    model_name: fullName.name,
    version: Number(version.version),
    comment: version.description,
    source: version.source,
    run_id: version.runId,
    status: version.status,
    ...(storageLocation !== undefined && { storage_location: storageLocation }),
    ...(version.modelId !== undefined && { model_id: version.modelId }),
    created_at: version.creationTimeMs,
    created_by: version.userId,
    updated_at: version.lastUpdateTimeMs,
    aliases: version.aliases.map((alias) => ({ alias_name: alias, version_num: Number(version.version) })),
    tags: [...version.tags],
  };
}

export function catalogAliasToWire(
  fullName: string,
  { alias, version }: { readonly alias: string; readonly version: number },
): z.input<typeof catalogAliasSchema> {
  const { name, ...rest } = splitFullName(fullName);
  return { ...placeToWire({ name, ...rest }), model_name: name, alias_name: alias, version_num: version };
}

function placeToWire({ catalogName, schemaName }: FullName): {
  catalog_name?: string;
  schema_name?: string;
} {
  if (catalogName === undefined || schemaName === undefined) return {};
  return { catalog_name: catalogName, schema_name: schemaName };
}
