import { z } from "zod";
import { AppError } from "@flightdeck/core";
import {
  type ModelVersion,
  modelVersionStatusSchema,
  versionText,
  type RegisteredModel,
} from "../registry/models.ts";
import { int64, repeated, tagSchema, type Tag } from "../forms.ts";

/*
 * Registered models and versions for MLflow's Unity Catalog clients: without stages, with the location of the files,
 * and with the version repeated in each of its aliases.
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

/** Converts a registered model to the wire form for MLflow's Unity Catalog clients. */
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

/** Lists of versions omit the location of the files. */
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
    storage_location: storageLocation,
    model_id: version.modelId,
    aliases: version.aliases.map((alias) => ({ alias, version: version.version })),
    tags: [...version.tags],
  };
}

/*
 * Registered models and versions in Unity Catalog's own API
 * (https://docs.databricks.com/api/workspace/registeredmodels).
 */

/** Absent if the name has neither. */
const place = { catalog_name: z.string().optional(), schema_name: z.string().optional() };
const catalogAliasEntry = z.object({ alias_name: z.string(), version_num: int64 });

export const catalogAliasSchema = catalogAliasEntry.extend({ ...place, model_name: z.string() });

export const catalogModelSchema = z.object({
  ...place,
  name: z.string(),
  full_name: z.string(),
  comment: z.string().default(""),
  created_at: int64.default(0),
  updated_at: int64.default(0),
  aliases: repeated(catalogAliasEntry),
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
  aliases: repeated(catalogAliasEntry),
  tags: repeated(tagSchema),
});

/** Converts a registered model to the wire form of Unity Catalog's own API. */
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

/** Lists of versions omit the location of the files. */
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
    storage_location: storageLocation,
    model_id: version.modelId,
    created_at: version.creationTimeMs,
    created_by: version.userId,
    updated_at: version.lastUpdateTimeMs,
    aliases: version.aliases.map((alias) => ({ alias_name: alias, version_num: Number(version.version) })),
    tags: [...version.tags],
  };
}

/** Converts an alias to the wire form of Unity Catalog's own API. */
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

/** The parts of a registered model's name. A name without dots has neither a catalog nor a schema. */
type FullName = {
  readonly catalogName?: string | undefined;
  readonly schemaName?: string | undefined;
  readonly name: string;
};

/** Splits `<catalog>.<schema>.<model>`; any other name has only a model part. */
export function splitFullName(fullName: string): FullName {
  const [catalogName, schemaName, name, ...rest] = fullName.split(".");
  if (catalogName === undefined || schemaName === undefined || name === undefined || rest.length > 0) {
    return { name: fullName };
  }
  return { catalogName, schemaName, name };
}

/** The request of a call that tags a model or a version. */
type TagRequest = {
  readonly securable_type: string;
  readonly securable_full_name: string;
  readonly changes: { readonly add_tags: readonly Tag[]; readonly remove: readonly string[] };
};

/** The change to a tag of a model or version: it is added or removed. */
type TagChange = { readonly name: string } & (
  | { readonly added: Tag; readonly removed?: never }
  | { readonly added?: never; readonly removed: string }
);

/** The single change in a request. Several would need several writes, and clients send them one by one. */
export function tagChange({
  securable_type: type,
  securable_full_name: name,
  changes,
}: TagRequest): TagChange {
  if (type.toUpperCase() !== "FUNCTION") {
    throw new AppError(
      "INVALID_PARAMETER_VALUE",
      `securable_type must be FUNCTION, which includes models, got '${type}'`,
    );
  }
  const [added, ...more] = changes.add_tags;
  const [removed, ...moreRemoved] = changes.remove;
  if (more.length === 0 && moreRemoved.length === 0) {
    if (added !== undefined && removed === undefined) return { name, added };
    if (added === undefined && removed !== undefined) return { name, removed };
  }
  const got = `${changes.add_tags.length} to add and ${changes.remove.length} to remove`;
  throw new AppError("INVALID_PARAMETER_VALUE", `changes must contain exactly one tag, got ${got}`);
}
