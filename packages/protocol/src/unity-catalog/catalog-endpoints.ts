import { z } from "zod";
import { LIMITS } from "../limits.ts";
import { empty, int64, longText, repeated, requiredText, shortText, tagSchema } from "../forms.ts";
import { USERS_CHANGE, USERS_READ, managing, registeredModel } from "../access.ts";
import { type Change, changed, endpoint } from "../endpoint.ts";
import {
  aliasDeleted,
  aliasSet,
  modelCreated,
  modelTagDeleted,
  modelTagSet,
  versionCreated,
  versionTagDeleted,
  versionTagSet,
} from "../registry/registry-event.ts";
import { tagChange, catalogAliasSchema, catalogModelSchema, catalogVersionSchema } from "./models.ts";
import { versionNeeds, versionText } from "../registry/models.ts";
import { modelId, modelName, modelNameLevel, newName, optional, runId, versionSource } from "../ids.ts";

const MODELS = "/unity-catalog/models";
const versions = ["2.1"] as const;

const named = z.object({ full_name: modelName });
const aliased = named.extend({ alias: requiredText });
const versioned = named.extend({ version: versionText });
/** Deployment jobs are not supported; the server refuses a request with one. */
const deployed = { deployment_job_id: shortText.optional() };
/** Identifies a model by the three levels of its name. */
const placed = z.object({
  catalog_name: modelNameLevel(0),
  schema_name: modelNameLevel(1),
  model_name: modelNameLevel(2),
});
/** Each call sets or deletes one tag. */
const changes = z.object({
  add_tags: repeated(tagSchema, LIMITS.requestItemsMax),
  remove: repeated(shortText, LIMITS.requestItemsMax),
});
/** The calls that tag things treat models as `FUNCTION`s. */
const tagged = z.object({ securable_type: requiredText, securable_full_name: modelName, changes });
type Placed = z.output<typeof placed>;
const placedName = ({ catalog_name: catalog, schema_name: schema, model_name: model }: Placed): string =>
  `${catalog}.${schema}.${model}`;

const changesFullName = ({ full_name: name }: z.output<typeof named>): readonly Change[] => [
  changed.registeredModel(name),
];

const page = z.object({ max_results: int64.optional(), page_token: longText.optional() });

/**
 * Registered models in Unity Catalog's own API, used by databricks-sdk and by MLflow's clients with
 * `MLFLOW_ENABLE_UC_NATIVE_MODEL_REGISTRY`.
 */
export const catalogEndpoints = {
  createCatalogModel: endpoint({
    methods: ["POST"],
    path: MODELS,
    versions,
    access: USERS_CHANGE,
    creates: "registered-model",
    changes: (_request, { full_name: name }) => [changed.registeredModel(name)],
    registryEvent: ({ tags, comment: description }, { full_name: name }) =>
      modelCreated({ name, tags, description }),
    request: z.object({
      name: newName,
      catalog_name: newName,
      schema_name: newName,
      comment: longText.default(""),
      tags: repeated(tagSchema, LIMITS.requestItemsMax),
      ...deployed,
    }),
    response: catalogModelSchema,
  }),
  /** Takes both a catalog and a schema, or neither. */
  listCatalogModels: endpoint({
    methods: ["GET"],
    path: MODELS,
    versions,
    access: USERS_READ,
    request: page.extend({ catalog_name: optional(newName), schema_name: optional(newName) }),
    response: z.object({
      registered_models: repeated(catalogModelSchema),
      next_page_token: z.string().optional(),
    }),
  }),
  getCatalogModel: endpoint({
    methods: ["GET"],
    path: `${MODELS}/{full_name}`,
    versions,
    reads: ({ full_name: name }) => [registeredModel(name)],
    request: named,
    response: catalogModelSchema,
  }),
  /** `new_name` is the name within the schema. Renaming requires CAN_MANAGE on the model. */
  updateCatalogModel: endpoint({
    methods: ["PATCH"],
    path: `${MODELS}/{full_name}`,
    versions,
    edits: ({ full_name: name, new_name: newName }) => [
      newName === undefined ? registeredModel(name) : managing(registeredModel(name)),
    ],
    changes: ({ full_name: name }, response) => [
      changed.registeredModel(name),
      changed.registeredModel(response.full_name),
    ],
    request: named.extend({ new_name: optional(newName), comment: longText.optional(), ...deployed }),
    response: catalogModelSchema,
  }),
  deleteCatalogModel: endpoint({
    methods: ["DELETE"],
    path: `${MODELS}/{full_name}`,
    versions,
    manages: ({ full_name: name }) => [registeredModel(name)],
    changes: changesFullName,
    request: named,
    response: empty,
  }),
  setCatalogModelAlias: endpoint({
    methods: ["PUT"],
    path: `${MODELS}/{full_name}/aliases/{alias}`,
    versions,
    edits: ({ full_name: name }) => [registeredModel(name)],
    changes: changesFullName,
    registryEvent: ({ full_name: name, alias, version_num: version }) =>
      aliasSet({ name, alias, version: String(version) }),
    request: aliased.extend({ version_num: int64 }),
    response: catalogAliasSchema,
  }),
  deleteCatalogModelAlias: endpoint({
    methods: ["DELETE"],
    path: `${MODELS}/{full_name}/aliases/{alias}`,
    versions,
    edits: ({ full_name: name }) => [registeredModel(name)],
    changes: changesFullName,
    registryEvent: ({ full_name: name, alias }) => aliasDeleted({ name, alias }),
    request: aliased,
    response: empty,
  }),
  getCatalogVersionByAlias: endpoint({
    methods: ["GET"],
    path: `${MODELS}/{full_name}/aliases/{alias}`,
    versions,
    reads: ({ full_name: name }) => [registeredModel(name)],
    request: aliased,
    response: catalogVersionSchema,
  }),
  listCatalogVersions: endpoint({
    methods: ["GET"],
    path: `${MODELS}/{full_name}/versions`,
    versions,
    reads: ({ full_name: name }) => [registeredModel(name)],
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
    reads: ({ full_name: name }) => [registeredModel(name)],
    request: versioned,
    response: catalogVersionSchema,
  }),
  updateCatalogVersion: endpoint({
    methods: ["PATCH"],
    path: `${MODELS}/{full_name}/versions/{version}`,
    versions,
    edits: ({ full_name: name }) => [registeredModel(name)],
    changes: changesFullName,
    request: versioned.extend({ comment: longText.optional() }),
    response: catalogVersionSchema,
  }),
  deleteCatalogVersion: endpoint({
    methods: ["DELETE"],
    path: `${MODELS}/{full_name}/versions/{version}`,
    versions,
    manages: ({ full_name: name }) => [registeredModel(name)],
    changes: changesFullName,
    request: versioned,
    response: empty,
  }),
  /** Like `createUnityCatalogVersion`. */
  createCatalogVersion: endpoint({
    methods: ["POST"],
    path: `${MODELS}/versions`,
    versions,
    edits: (request) => versionNeeds({ ...request, name: placedName(request) }),
    changes: (request) => [changed.registeredModel(placedName(request))],
    registryEvent: ({ comment: description, ...request }, version) =>
      versionCreated({ ...request, name: placedName(request), description }, version),
    request: placed.extend({
      source: versionSource,
      run_id: optional(runId),
      comment: longText.default(""),
      model_id: optional(modelId),
      tags: repeated(tagSchema, LIMITS.requestItemsMax),
    }),
    response: catalogVersionSchema,
  }),
  finalizeCatalogVersion: endpoint({
    methods: ["PATCH"],
    path: `${MODELS}/{full_name}/versions/{version}/finalize`,
    versions,
    edits: ({ full_name: name }) => [registeredModel(name)],
    changes: changesFullName,
    request: versioned,
    response: catalogVersionSchema,
  }),
  /** Like `generateUnityCatalogCredentials`. */
  generateCatalogCredentials: endpoint({
    methods: ["POST"],
    path: "/unity-catalog/temporary-model-version-credentials",
    versions,
    reads: (request) => [registeredModel(placedName(request))],
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
    edits: ({ securable_full_name: name }) => [registeredModel(name)],
    changes: ({ securable_full_name: name }) => [changed.registeredModel(name)],
    registryEvent: (request) => {
      const { name, added, removed } = tagChange(request);
      return added === undefined ? modelTagDeleted({ name, key: removed }) : modelTagSet({ name, ...added });
    },
    request: tagged,
    response: empty,
  }),
  /** `subentity_name` is the version. */
  tagCatalogVersion: endpoint({
    methods: ["PATCH"],
    path: "/unity-catalog/subentity-tags/{securable_type}/{securable_full_name}/{subentity_name}",
    versions,
    edits: ({ securable_full_name: name }) => [registeredModel(name)],
    changes: ({ securable_full_name: name }) => [changed.registeredModel(name)],
    registryEvent: (request) => {
      const { name, added, removed } = tagChange(request);
      const version = { name, version: request.subentity_name };
      if (added === undefined) return versionTagDeleted({ ...version, key: removed });
      return versionTagSet({ ...version, ...added });
    },
    request: tagged.extend({ subentity_name: versionText }),
    response: empty,
  }),
};

/** The page token is the last name of the previous page. */
const schemaPage = z.object({ max_results: int64.optional(), page_token: longText.optional() });

/** Catalogs and schemas are derived from the names of registered models; there is no other data about them. */
export const schemaEndpoints = {
  listCatalogs: endpoint({
    methods: ["GET"],
    path: "/unity-catalog/catalogs",
    versions,
    access: USERS_READ,
    request: schemaPage,
    response: z.object({
      catalogs: repeated(z.object({ name: z.string(), full_name: z.string() })),
      next_page_token: z.string().optional(),
    }),
  }),
  listSchemas: endpoint({
    methods: ["GET"],
    path: "/unity-catalog/schemas",
    versions,
    access: USERS_READ,
    request: schemaPage.extend({ catalog_name: newName }),
    response: z.object({
      schemas: repeated(z.object({ name: z.string(), catalog_name: z.string(), full_name: z.string() })),
      next_page_token: z.string().optional(),
    }),
  }),
};
