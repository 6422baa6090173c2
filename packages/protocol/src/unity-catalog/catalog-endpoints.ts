import { z } from "zod";
import { empty } from "../empty.ts";
import { endpoint } from "../endpoint.ts";
import { versionText } from "../registry/model-version.ts";
import { int64, repeated, requiredText } from "../scalars.ts";
import { catalogAliasSchema, catalogModelSchema, catalogVersionSchema } from "./catalog-model.ts";

const MODELS = "/unity-catalog/models";
const versions = ["2.1"] as const;

const named = z.object({ full_name: requiredText });
const aliased = named.extend({ alias: requiredText });
const versioned = named.extend({ version: versionText });
const page = z.object({ max_results: int64.optional(), page_token: z.string().optional() });

/** The registered models of Unity Catalog's own API, as databricks-sdk calls them. */
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
    request: named.extend({ new_name: z.string().optional(), comment: z.string().optional() }),
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
};
