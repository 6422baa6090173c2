import { z } from "zod";
import { empty } from "../empty.ts";
import { endpoint } from "../endpoint.ts";
import { versionText } from "../registry/model-version.ts";
import { int64, repeated, requiredText } from "../scalars.ts";
import { tagSchema } from "../tag.ts";
import { catalogAliasSchema, catalogModelSchema, catalogVersionSchema } from "./catalog-model.ts";

const MODELS = "/unity-catalog/models";
const versions = ["2.1"] as const;

const named = z.object({ full_name: requiredText });
const aliased = named.extend({ alias: requiredText });
const versioned = named.extend({ version: versionText });
/** There are no deployment jobs; one that is asked for is refused. */
const deployed = { deployment_job_id: z.string().optional() };
/** A model by the three levels of its name. */
const placed = z.object({ model_name: requiredText, catalog_name: requiredText, schema_name: requiredText });
/** One tag is set or deleted in a call. */
const changes = z.object({ add_tags: repeated(tagSchema), remove: repeated(z.string()) });
/** Models are `FUNCTION`s to the calls that tag things. */
const tagged = z.object({ securable_type: requiredText, securable_full_name: requiredText, changes });
const page = z.object({ max_results: int64.optional(), page_token: z.string().optional() });

/**
 * The registered models of Unity Catalog's own API, as databricks-sdk calls them, and MLflow's clients with
 * `MLFLOW_ENABLE_UC_NATIVE_MODEL_REGISTRY`.
 */
export const catalogEndpoints = {
  createCatalogModel: endpoint({
    methods: ["POST"],
    path: MODELS,
    versions,
    permission: "workspace.edit",
    request: z.object({
      name: requiredText,
      catalog_name: requiredText,
      schema_name: requiredText,
      comment: z.string().default(""),
      tags: repeated(tagSchema),
      ...deployed,
    }),
    response: catalogModelSchema,
  }),
  /** A catalog and a schema come together, or neither. */
  listCatalogModels: endpoint({
    methods: ["GET"],
    path: MODELS,
    versions,
    permission: "workspace.view",
    request: page.extend({ catalog_name: z.string().optional(), schema_name: z.string().optional() }),
    response: z.object({
      registered_models: repeated(catalogModelSchema),
      next_page_token: z.string().optional(),
    }),
  }),
  getCatalogModel: endpoint({
    methods: ["GET"],
    path: `${MODELS}/{full_name}`,
    versions,
    permission: "model.view",
    request: named,
    response: catalogModelSchema,
  }),
  /** `new_name` is the model's own, within its schema; whoever renames must manage the model. */
  updateCatalogModel: endpoint({
    methods: ["PATCH"],
    path: `${MODELS}/{full_name}`,
    versions,
    permission: "model.edit",
    request: named.extend({ new_name: z.string().optional(), comment: z.string().optional(), ...deployed }),
    response: catalogModelSchema,
  }),
  deleteCatalogModel: endpoint({
    methods: ["DELETE"],
    path: `${MODELS}/{full_name}`,
    versions,
    permission: "model.manage",
    request: named,
    response: empty,
  }),
  setCatalogModelAlias: endpoint({
    methods: ["PUT"],
    path: `${MODELS}/{full_name}/aliases/{alias}`,
    versions,
    permission: "model.edit",
    request: aliased.extend({ version_num: int64 }),
    response: catalogAliasSchema,
  }),
  deleteCatalogModelAlias: endpoint({
    methods: ["DELETE"],
    path: `${MODELS}/{full_name}/aliases/{alias}`,
    versions,
    permission: "model.edit",
    request: aliased,
    response: empty,
  }),
  getCatalogVersionByAlias: endpoint({
    methods: ["GET"],
    path: `${MODELS}/{full_name}/aliases/{alias}`,
    versions,
    permission: "model.view",
    request: aliased,
    response: catalogVersionSchema,
  }),
  listCatalogVersions: endpoint({
    methods: ["GET"],
    path: `${MODELS}/{full_name}/versions`,
    versions,
    permission: "model.view",
    request: named.extend(page.shape),
    response: z.object({
      model_versions: repeated(catalogVersionSchema),
      next_page_token: z.string().optional(),
    }),
  }),
  getCatalogVersion: endpoint({
    methods: ["GET"],
    path: `${MODELS}/{full_name}/versions/{version}`,
    versions,
    permission: "model.view",
    request: versioned,
    response: catalogVersionSchema,
  }),
  updateCatalogVersion: endpoint({
    methods: ["PATCH"],
    path: `${MODELS}/{full_name}/versions/{version}`,
    versions,
    permission: "model.edit",
    request: versioned.extend({ comment: z.string().optional() }),
    response: catalogVersionSchema,
  }),
  deleteCatalogVersion: endpoint({
    methods: ["DELETE"],
    path: `${MODELS}/{full_name}/versions/{version}`,
    versions,
    permission: "model.manage",
    request: versioned,
    response: empty,
  }),
  /** As `createUnityCatalogVersion`. */
  createCatalogVersion: endpoint({
    methods: ["POST"],
    path: `${MODELS}/versions`,
    versions,
    permission: "model.edit",
    request: placed.extend({
      source: requiredText,
      run_id: z.string().optional(),
      comment: z.string().default(""),
      model_id: z.string().optional(),
      tags: repeated(tagSchema),
    }),
    response: catalogVersionSchema,
  }),
  finalizeCatalogVersion: endpoint({
    methods: ["PATCH"],
    path: `${MODELS}/{full_name}/versions/{version}/finalize`,
    versions,
    permission: "model.edit",
    request: versioned,
    response: catalogVersionSchema,
  }),
  /** As `generateUnityCatalogCredentials`. */
  generateCatalogCredentials: endpoint({
    methods: ["POST"],
    path: "/unity-catalog/temporary-model-version-credentials",
    versions,
    permission: "model.view",
    request: placed.extend({
      version: versionText,
      operation: z
        .enum(["UNKNOWN_MODEL_VERSION_OPERATION", "READ_MODEL_VERSION", "READ_WRITE_MODEL_VERSION"])
        .optional(),
    }),
    response: z.object({ storage_mode: z.literal("DEFAULT_STORAGE") }),
  }),
  tagCatalogModel: endpoint({
    methods: ["PATCH"],
    path: "/unity-catalog/securable-tags/{securable_type}/{securable_full_name}",
    versions,
    permission: "model.edit",
    request: tagged,
    response: empty,
  }),
  /** `subentity_name` is the version. */
  tagCatalogVersion: endpoint({
    methods: ["PATCH"],
    path: "/unity-catalog/subentity-tags/{securable_type}/{securable_full_name}/{subentity_name}",
    versions,
    permission: "model.edit",
    request: tagged.extend({ subentity_name: versionText }),
    response: empty,
  }),
};
