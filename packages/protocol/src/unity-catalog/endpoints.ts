import { z } from "zod";
import { LIMITS } from "../limits.ts";
import { empty } from "../empty.ts";
import { USERS_CHANGE, USERS_READ, managing } from "../access/access.ts";
import { registeredModel } from "../access/resource.ts";
import { changed, changesRegisteredModel } from "../events/change.ts";
import {
  aliasDeleted,
  aliasSet,
  modelCreated,
  modelTagDeleted,
  modelTagSet,
  versionCreated,
  versionTagDeleted,
  versionTagSet,
} from "../webhooks/registry-event.ts";
import { endpoint } from "../endpoint.ts";
import { versionNeeds } from "../registry/version-needs.ts";
import { versionText } from "../registry/model-version.ts";
import { modelId, modelName, newName, optional, runId, versionSource } from "../ids.ts";
import { bool, int64, longText, repeated, requiredText, shortText } from "../scalars.ts";
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

const named = z.object({ name: modelName });
const aliased = named.extend({ alias: requiredText });
const versioned = named.extend({ version: versionText });
const oneModel = z.object({ registered_model: unityCatalogModelSchema });
const oneVersion = z.object({ model_version: unityCatalogVersionSchema });
const page = z.object({ max_results: int64.optional(), page_token: longText.optional() });
/** There are no deployment jobs; one that is asked for is refused. */
const deployed = { deployment_job_id: shortText.optional() };

/** The registry as MLflow's clients call it with the registry URI `databricks-uc`, the default of MLflow 3. */
export const unityCatalogEndpoints = {
  createUnityCatalogModel: endpoint({
    methods: ["POST"],
    path: `${ROOT}/registered-models/create`,
    access: USERS_CHANGE,
    creates: "registered-model",
    changes: changesRegisteredModel,
    registryEvent: modelCreated,
    request: z.object({
      name: newName,
      tags: repeated(tagSchema, LIMITS.requestItemsMax),
      description: longText.default(""),
      ...deployed,
    }),
    response: oneModel,
  }),
  /** Whoever renames must manage the model. */
  updateUnityCatalogModel: endpoint({
    methods: ["PATCH"],
    path: `${ROOT}/registered-models/update`,
    edits: ({ name, new_name: newName }) => [
      newName === undefined ? registeredModel(name) : managing(registeredModel(name)),
    ],
    changes: ({ name }, { registered_model: model }) => [
      changed.registeredModel(name),
      changed.registeredModel(model.name),
    ],
    request: named.extend({
      new_name: optional(newName),
      description: longText.optional(),
      ...deployed,
    }),
    response: oneModel,
  }),
  deleteUnityCatalogModel: endpoint({
    methods: ["DELETE"],
    path: `${ROOT}/registered-models/delete`,
    manages: ({ name }) => [registeredModel(name)],
    changes: changesRegisteredModel,
    request: named,
    response: empty,
  }),
  getUnityCatalogModel: endpoint({
    methods: ["GET"],
    path: `${ROOT}/registered-models/get`,
    reads: ({ name }) => [registeredModel(name)],
    request: named,
    response: oneModel,
  }),
  searchUnityCatalogModels: endpoint({
    methods: ["GET"],
    path: `${ROOT}/registered-models/search`,
    access: USERS_READ,
    request: page,
    response: z.object({
      registered_models: repeated(unityCatalogModelSchema),
      next_page_token: z.string().optional(),
    }),
  }),
  setUnityCatalogModelTag: endpoint({
    methods: ["POST"],
    path: `${ROOT}/registered-models/set-tag`,
    edits: ({ name }) => [registeredModel(name)],
    changes: changesRegisteredModel,
    registryEvent: modelTagSet,
    request: named.extend(tagSchema.shape),
    response: empty,
  }),
  deleteUnityCatalogModelTag: endpoint({
    methods: ["DELETE"],
    path: `${ROOT}/registered-models/delete-tag`,
    edits: ({ name }) => [registeredModel(name)],
    changes: changesRegisteredModel,
    registryEvent: modelTagDeleted,
    request: named.extend({ key: requiredText }),
    response: empty,
  }),
  setUnityCatalogModelAlias: endpoint({
    methods: ["POST"],
    path: `${ROOT}/registered-models/alias`,
    edits: ({ name }) => [registeredModel(name)],
    changes: changesRegisteredModel,
    registryEvent: aliasSet,
    request: versioned.extend({ alias: requiredText }),
    response: empty,
  }),
  deleteUnityCatalogModelAlias: endpoint({
    methods: ["DELETE"],
    path: `${ROOT}/registered-models/alias`,
    edits: ({ name }) => [registeredModel(name)],
    changes: changesRegisteredModel,
    registryEvent: aliasDeleted,
    request: aliased,
    response: empty,
  }),
  getUnityCatalogVersionByAlias: endpoint({
    methods: ["GET"],
    path: `${ROOT}/registered-models/alias`,
    reads: ({ name }) => [registeredModel(name)],
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
    edits: versionNeeds,
    changes: changesRegisteredModel,
    registryEvent: (request, response) => versionCreated(request, response.model_version),
    // The model's file says what it depends on, too; so the request's own lists of that are left unread.
    request: named.extend({
      source: versionSource,
      run_id: optional(runId),
      description: longText.default(""),
      model_id: optional(modelId),
      tags: repeated(tagSchema, LIMITS.requestItemsMax),
    }),
    response: oneVersion,
  }),
  finalizeUnityCatalogVersion: endpoint({
    methods: ["POST"],
    path: `${ROOT}/model-versions/finalize`,
    edits: ({ name }) => [registeredModel(name)],
    changes: changesRegisteredModel,
    request: versioned,
    response: oneVersion,
  }),
  updateUnityCatalogVersion: endpoint({
    methods: ["PATCH"],
    path: `${ROOT}/model-versions/update`,
    edits: ({ name }) => [registeredModel(name)],
    changes: changesRegisteredModel,
    request: versioned.extend({ description: longText.optional() }),
    response: oneVersion,
  }),
  deleteUnityCatalogVersion: endpoint({
    methods: ["DELETE"],
    path: `${ROOT}/model-versions/delete`,
    manages: ({ name }) => [registeredModel(name)],
    changes: changesRegisteredModel,
    request: versioned,
    response: empty,
  }),
  getUnityCatalogVersion: endpoint({
    methods: ["GET"],
    path: `${ROOT}/model-versions/get`,
    reads: ({ name }) => [registeredModel(name)],
    request: versioned,
    response: oneVersion,
  }),
  searchUnityCatalogVersions: endpoint({
    methods: ["GET"],
    path: `${ROOT}/model-versions/search`,
    access: USERS_READ,
    request: page.extend({ filter: longText.optional() }),
    response: z.object({
      model_versions: repeated(unityCatalogVersionSchema),
      next_page_token: z.string().optional(),
    }),
  }),
  setUnityCatalogVersionTag: endpoint({
    methods: ["POST"],
    path: `${ROOT}/model-versions/set-tag`,
    edits: ({ name }) => [registeredModel(name)],
    changes: changesRegisteredModel,
    registryEvent: versionTagSet,
    request: versioned.extend(tagSchema.shape),
    response: empty,
  }),
  deleteUnityCatalogVersionTag: endpoint({
    methods: ["DELETE"],
    path: `${ROOT}/model-versions/delete-tag`,
    edits: ({ name }) => [registeredModel(name)],
    changes: changesRegisteredModel,
    registryEvent: versionTagDeleted,
    request: versioned.extend({ key: requiredText }),
    response: empty,
  }),
  getUnityCatalogVersionDownloadUri: endpoint({
    methods: ["GET"],
    path: `${ROOT}/model-versions/get-download-uri`,
    reads: ({ name }) => [registeredModel(name)],
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
    reads: ({ name }) => [registeredModel(name)],
    request: versioned.extend({ operation: z.enum(OPERATIONS).optional() }),
    response: z.object({ credentials: z.object({ storage_mode: z.literal("DEFAULT_STORAGE") }) }),
  }),
  /** What a version's user tells of itself when it loads the version. */
  emitUnityCatalogLineage: endpoint({
    methods: ["POST"],
    path: `${ROOT}/model-versions/emit-lineage`,
    reads: ({ name }) => [registeredModel(name)],
    changes: changesRegisteredModel,
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
    access: USERS_READ,
    request: empty,
    response: z.object({ is_databricks_sdk_models_artifact_repository_enabled: bool }),
  }),
};
