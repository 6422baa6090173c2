import { z } from "zod";
import { LIMITS } from "../limits.ts";
import { empty, bool, int64, longText, repeated, requiredText, shortText, tagSchema } from "../forms.ts";
import { USERS_CHANGE, USERS_READ, managing, registeredModel } from "../access.ts";
import { changed, changesRegisteredModel, endpoint } from "../endpoint.ts";
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
import { versionNeeds, versionText } from "../registry/models.ts";
import { modelId, modelName, newName, optional, runId, versionSource } from "../ids.ts";
import { lineageInfoSchema, lineageSecurableSchema } from "./lineage.ts";
import { unityCatalogModelSchema, unityCatalogVersionSchema } from "./models.ts";

const ROOT = "/mlflow/unity-catalog";
/** The operations that temporary credentials can be requested for. */
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
/** Deployment jobs are not supported; the server refuses a request with one. */
const deployed = { deployment_job_id: shortText.optional() };

/** The registry calls of MLflow's clients with the registry URI `databricks-uc`, the default in MLflow 3. */
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
  /** Renaming requires CAN_MANAGE on the model. */
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
   * The new version is `PENDING_REGISTRATION`; the client then uploads its files and finalizes it. `LINEAGE_HEADER`
   * says what created it.
   */
  createUnityCatalogVersion: endpoint({
    methods: ["POST"],
    path: `${ROOT}/model-versions/create`,
    edits: versionNeeds,
    changes: changesRegisteredModel,
    registryEvent: (request, response) => versionCreated(request, response.model_version),
    // The MLmodel file also lists the model's dependencies, so the lists in the request are ignored.
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
   * Returns no credentials, but tells clients to request signed URLs from the Files API, which checks access again.
   * `LINEAGE_HEADER` may say what reads the version.
   */
  generateUnityCatalogCredentials: endpoint({
    methods: ["POST"],
    path: `${ROOT}/model-versions/generate-temporary-credentials`,
    reads: ({ name }) => [registeredModel(name)],
    request: versioned.extend({ operation: z.enum(OPERATIONS).optional() }),
    response: z.object({ credentials: z.object({ storage_mode: z.literal("DEFAULT_STORAGE") }) }),
  }),
  /** Records what loads a version. */
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
  /** Whether version files are transferred through the Files API, below `/Models`. */
  isModelsArtifactRepositoryEnabled: endpoint({
    methods: ["GET"],
    path: `${ROOT}/registered-models:is-databricks-sdk-models-artifact-repository-enabled`,
    access: USERS_READ,
    request: empty,
    response: z.object({ is_databricks_sdk_models_artifact_repository_enabled: bool }),
  }),
};
