import { z } from "zod";
import { empty } from "../empty.ts";
import { endpoint } from "../endpoint.ts";
import { versionText } from "../registry/model-version.ts";
import { bool, int64, repeated, requiredText } from "../scalars.ts";
import { tagSchema } from "../tag.ts";
import { lineageInfoSchema, lineageSecurableSchema } from "./lineage.ts";
import { unityCatalogModelSchema, unityCatalogVersionSchema } from "./model.ts";

const ROOT = "/mlflow/unity-catalog";
/** What temporary credentials are asked for. */
const OPERATIONS = [
  "MODEL_VERSION_OPERATION_UNSPECIFIED",
  "MODEL_VERSION_OPERATION_READ",
  "MODEL_VERSION_OPERATION_READ_WRITE",
] as const;

const named = z.object({ name: requiredText });
const aliased = named.extend({ alias: requiredText });
const versioned = named.extend({ version: versionText });
const oneModel = z.object({ registered_model: unityCatalogModelSchema });
const oneVersion = z.object({ model_version: unityCatalogVersionSchema });
const page = z.object({ max_results: int64.optional(), page_token: z.string().optional() });
/** There are no deployment jobs; one that is asked for is refused. */
const deployed = { deployment_job_id: z.string().optional() };

/** The registry as MLflow's clients call it with the registry URI `databricks-uc`, the default of MLflow 3. */
export const unityCatalogEndpoints = {
  createUnityCatalogModel: endpoint({
    methods: ["POST"],
    path: `${ROOT}/registered-models/create`,
    permission: "workspace.edit",
    request: named.extend({ tags: repeated(tagSchema), description: z.string().default(""), ...deployed }),
    response: oneModel,
  }),
  /** Whoever renames must manage the model. */
  updateUnityCatalogModel: endpoint({
    methods: ["PATCH"],
    path: `${ROOT}/registered-models/update`,
    permission: "model.edit",
    request: named.extend({
      new_name: z.string().optional(),
      description: z.string().optional(),
      ...deployed,
    }),
    response: oneModel,
  }),
  deleteUnityCatalogModel: endpoint({
    methods: ["DELETE"],
    path: `${ROOT}/registered-models/delete`,
    permission: "model.manage",
    request: named,
    response: empty,
  }),
  getUnityCatalogModel: endpoint({
    methods: ["GET"],
    path: `${ROOT}/registered-models/get`,
    permission: "model.view",
    request: named,
    response: oneModel,
  }),
  searchUnityCatalogModels: endpoint({
    methods: ["GET"],
    path: `${ROOT}/registered-models/search`,
    permission: "workspace.view",
    request: page,
    response: z.object({
      registered_models: repeated(unityCatalogModelSchema),
      next_page_token: z.string().optional(),
    }),
  }),
  setUnityCatalogModelTag: endpoint({
    methods: ["POST"],
    path: `${ROOT}/registered-models/set-tag`,
    permission: "model.edit",
    request: named.extend(tagSchema.shape),
    response: empty,
  }),
  deleteUnityCatalogModelTag: endpoint({
    methods: ["DELETE"],
    path: `${ROOT}/registered-models/delete-tag`,
    permission: "model.edit",
    request: named.extend({ key: requiredText }),
    response: empty,
  }),
  setUnityCatalogModelAlias: endpoint({
    methods: ["POST"],
    path: `${ROOT}/registered-models/alias`,
    permission: "model.edit",
    request: versioned.extend({ alias: requiredText }),
    response: empty,
  }),
  deleteUnityCatalogModelAlias: endpoint({
    methods: ["DELETE"],
    path: `${ROOT}/registered-models/alias`,
    permission: "model.edit",
    request: aliased,
    response: empty,
  }),
  getUnityCatalogVersionByAlias: endpoint({
    methods: ["GET"],
    path: `${ROOT}/registered-models/alias`,
    permission: "model.view",
    request: aliased,
    response: oneVersion,
  }),
  /**
   * The version is `PENDING_REGISTRATION`: its files are sent next, and then it is finalized. `LINEAGE_HEADER` tells what
   * has made it.
   */
  createUnityCatalogVersion: endpoint({
    methods: ["POST"],
    path: `${ROOT}/model-versions/create`,
    permission: "model.edit",
    // The model's file says what it depends on, too; so the request's own lists of that are left unread.
    request: named.extend({
      source: requiredText,
      run_id: z.string().optional(),
      description: z.string().default(""),
      model_id: z.string().optional(),
      tags: repeated(tagSchema),
    }),
    response: oneVersion,
  }),
  finalizeUnityCatalogVersion: endpoint({
    methods: ["POST"],
    path: `${ROOT}/model-versions/finalize`,
    permission: "model.edit",
    request: versioned,
    response: oneVersion,
  }),
  updateUnityCatalogVersion: endpoint({
    methods: ["PATCH"],
    path: `${ROOT}/model-versions/update`,
    permission: "model.edit",
    request: versioned.extend({ description: z.string().optional() }),
    response: oneVersion,
  }),
  deleteUnityCatalogVersion: endpoint({
    methods: ["DELETE"],
    path: `${ROOT}/model-versions/delete`,
    permission: "model.manage",
    request: versioned,
    response: empty,
  }),
  getUnityCatalogVersion: endpoint({
    methods: ["GET"],
    path: `${ROOT}/model-versions/get`,
    permission: "model.view",
    request: versioned,
    response: oneVersion,
  }),
  searchUnityCatalogVersions: endpoint({
    methods: ["GET"],
    path: `${ROOT}/model-versions/search`,
    permission: "workspace.view",
    request: page.extend({ filter: z.string().optional() }),
    response: z.object({
      model_versions: repeated(unityCatalogVersionSchema),
      next_page_token: z.string().optional(),
    }),
  }),
  setUnityCatalogVersionTag: endpoint({
    methods: ["POST"],
    path: `${ROOT}/model-versions/set-tag`,
    permission: "model.edit",
    request: versioned.extend(tagSchema.shape),
    response: empty,
  }),
  deleteUnityCatalogVersionTag: endpoint({
    methods: ["DELETE"],
    path: `${ROOT}/model-versions/delete-tag`,
    permission: "model.edit",
    request: versioned.extend({ key: requiredText }),
    response: empty,
  }),
  getUnityCatalogVersionDownloadUri: endpoint({
    methods: ["GET"],
    path: `${ROOT}/model-versions/get-download-uri`,
    permission: "model.view",
    request: versioned,
    response: z.object({ artifact_uri: z.string() }),
  }),
  /**
   * Gives no credentials, but the word by which clients ask the Files API for signed URLs, which checks again. Whoever
   * asks for reading may tell by `LINEAGE_HEADER` what it is.
   */
  generateUnityCatalogCredentials: endpoint({
    methods: ["POST"],
    path: `${ROOT}/model-versions/generate-temporary-credentials`,
    permission: "model.view",
    request: versioned.extend({ operation: z.enum(OPERATIONS).optional() }),
    response: z.object({ credentials: z.object({ storage_mode: z.literal("DEFAULT_STORAGE") }) }),
  }),
  /** What a version's user tells of itself when it loads the version. */
  emitUnityCatalogLineage: endpoint({
    methods: ["POST"],
    path: `${ROOT}/model-versions/emit-lineage`,
    permission: "model.view",
    request: versioned.extend({
      model_version_lineage_info: lineageInfoSchema.optional(),
      securable: lineageSecurableSchema.optional(),
    }),
    response: empty,
  }),
  /** Whether files of versions travel by the Files API, below `/Models`. */
  isModelsArtifactRepositoryEnabled: endpoint({
    methods: ["GET"],
    path: `${ROOT}/registered-models:is-databricks-sdk-models-artifact-repository-enabled`,
    permission: "workspace.view",
    request: empty,
    response: z.object({ is_databricks_sdk_models_artifact_repository_enabled: bool }),
  }),
};
