import { z } from "zod";
import { LIMITS } from "../limits.ts";
import { empty, bool, int64, longText, repeated, requiredText, shortText, tagSchema } from "../forms.ts";
import { USERS_CHANGE, USERS_READ, registeredModel } from "../access.ts";
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
} from "./registry-event.ts";
import { versionNeeds, modelVersionSchema, versionText, registeredModelSchema } from "./models.ts";
import { modelId, modelName, newName, optional, runId, versionSource } from "../ids.ts";

const named = z.object({ name: modelName });
const versioned = z.object({ name: modelName, version: versionText });
const oneModel = z.object({ registered_model: registeredModelSchema });
const oneVersion = z.object({ model_version: modelVersionSchema });
const searchRequest = z.object({
  filter: longText.optional(),
  max_results: int64.optional(),
  order_by: repeated(longText, LIMITS.requestItemsMax),
  page_token: longText.optional(),
});

export const registryEndpoints = {
  createRegisteredModel: endpoint({
    methods: ["POST"],
    path: "/mlflow/registered-models/create",
    access: USERS_CHANGE,
    creates: "registered-model",
    changes: changesRegisteredModel,
    registryEvent: modelCreated,
    request: z.object({
      name: newName,
      tags: repeated(tagSchema, LIMITS.requestItemsMax),
      description: longText.default(""),
    }),
    response: oneModel,
  }),
  getRegisteredModel: endpoint({
    methods: ["GET"],
    path: "/mlflow/registered-models/get",
    reads: ({ name }) => [registeredModel(name)],
    request: named,
    response: oneModel,
  }),
  renameRegisteredModel: endpoint({
    methods: ["POST"],
    path: "/mlflow/registered-models/rename",
    manages: ({ name }) => [registeredModel(name)],
    changes: ({ name, new_name: newName }) => [
      changed.registeredModel(name),
      changed.registeredModel(newName),
    ],
    request: named.extend({ new_name: newName }),
    response: oneModel,
  }),
  updateRegisteredModel: endpoint({
    methods: ["PATCH"],
    path: "/mlflow/registered-models/update",
    edits: ({ name }) => [registeredModel(name)],
    isIdempotent: true,
    changes: changesRegisteredModel,
    request: named.extend({ description: longText.optional() }),
    response: oneModel,
  }),
  deleteRegisteredModel: endpoint({
    methods: ["DELETE"],
    path: "/mlflow/registered-models/delete",
    manages: ({ name }) => [registeredModel(name)],
    changes: changesRegisteredModel,
    request: named,
    response: empty,
  }),
  searchRegisteredModels: endpoint({
    methods: ["GET"],
    path: "/mlflow/registered-models/search",
    access: USERS_READ,
    request: searchRequest,
    response: z.object({
      registered_models: repeated(registeredModelSchema),
      next_page_token: z.string().optional(),
    }),
  }),
  /** Used by mlflow 1.x. MLflow 2's own server no longer has it. */
  listRegisteredModels: endpoint({
    methods: ["GET"],
    path: "/mlflow/registered-models/list",
    access: USERS_READ,
    request: z.object({ max_results: int64.optional(), page_token: longText.optional() }),
    response: z.object({
      registered_models: repeated(registeredModelSchema),
      next_page_token: z.string().optional(),
    }),
  }),
  getLatestVersions: endpoint({
    methods: ["GET", "POST"],
    path: "/mlflow/registered-models/get-latest-versions",
    reads: ({ name }) => [registeredModel(name)],
    request: named.extend({ stages: repeated(shortText, LIMITS.requestItemsMax) }),
    response: z.object({ model_versions: repeated(modelVersionSchema) }),
  }),
  setRegisteredModelTag: endpoint({
    methods: ["POST"],
    path: "/mlflow/registered-models/set-tag",
    edits: ({ name }) => [registeredModel(name)],
    isIdempotent: true,
    changes: changesRegisteredModel,
    registryEvent: modelTagSet,
    request: named.extend(tagSchema.shape),
    response: empty,
  }),
  deleteRegisteredModelTag: endpoint({
    methods: ["DELETE"],
    path: "/mlflow/registered-models/delete-tag",
    edits: ({ name }) => [registeredModel(name)],
    changes: changesRegisteredModel,
    registryEvent: modelTagDeleted,
    request: named.extend({ key: requiredText }),
    response: empty,
  }),
  setRegisteredModelAlias: endpoint({
    methods: ["POST"],
    path: "/mlflow/registered-models/alias",
    edits: ({ name }) => [registeredModel(name)],
    isIdempotent: true,
    changes: changesRegisteredModel,
    registryEvent: aliasSet,
    request: versioned.extend({ alias: requiredText }),
    response: empty,
  }),
  deleteRegisteredModelAlias: endpoint({
    methods: ["DELETE"],
    path: "/mlflow/registered-models/alias",
    edits: ({ name }) => [registeredModel(name)],
    changes: changesRegisteredModel,
    registryEvent: aliasDeleted,
    request: named.extend({ alias: requiredText }),
    response: empty,
  }),
  getModelVersionByAlias: endpoint({
    methods: ["GET"],
    path: "/mlflow/registered-models/alias",
    reads: ({ name }) => [registeredModel(name)],
    request: named.extend({ alias: requiredText }),
    response: oneVersion,
  }),
  createModelVersion: endpoint({
    methods: ["POST"],
    path: "/mlflow/model-versions/create",
    edits: versionNeeds,
    changes: changesRegisteredModel,
    registryEvent: (request, response) => versionCreated(request, response.model_version),
    request: named.extend({
      source: versionSource,
      run_id: optional(runId),
      run_link: longText.optional(),
      description: longText.default(""),
      model_id: optional(modelId),
      tags: repeated(tagSchema, LIMITS.requestItemsMax),
    }),
    response: oneVersion,
  }),
  getModelVersion: endpoint({
    methods: ["GET"],
    path: "/mlflow/model-versions/get",
    reads: ({ name }) => [registeredModel(name)],
    request: versioned,
    response: oneVersion,
  }),
  updateModelVersion: endpoint({
    methods: ["PATCH"],
    path: "/mlflow/model-versions/update",
    edits: ({ name }) => [registeredModel(name)],
    isIdempotent: true,
    changes: changesRegisteredModel,
    request: versioned.extend({ description: longText.optional() }),
    response: oneVersion,
  }),
  transitionModelVersionStage: endpoint({
    methods: ["POST"],
    path: "/mlflow/model-versions/transition-stage",
    edits: ({ name }) => [registeredModel(name)],
    isIdempotent: true,
    changes: changesRegisteredModel,
    request: versioned.extend({ stage: requiredText, archive_existing_versions: bool.default(false) }),
    response: oneVersion,
  }),
  deleteModelVersion: endpoint({
    methods: ["DELETE"],
    path: "/mlflow/model-versions/delete",
    manages: ({ name }) => [registeredModel(name)],
    changes: changesRegisteredModel,
    request: versioned,
    response: empty,
  }),
  searchModelVersions: endpoint({
    methods: ["GET"],
    path: "/mlflow/model-versions/search",
    access: USERS_READ,
    request: searchRequest,
    response: z.object({
      model_versions: repeated(modelVersionSchema),
      next_page_token: z.string().optional(),
    }),
  }),
  /** Returns the URI to download the version's files from. */
  getModelVersionDownloadUri: endpoint({
    methods: ["GET"],
    path: "/mlflow/model-versions/get-download-uri",
    reads: ({ name }) => [registeredModel(name)],
    request: versioned,
    response: z.object({ artifact_uri: z.string() }),
  }),
  setModelVersionTag: endpoint({
    methods: ["POST"],
    path: "/mlflow/model-versions/set-tag",
    edits: ({ name }) => [registeredModel(name)],
    isIdempotent: true,
    changes: changesRegisteredModel,
    registryEvent: versionTagSet,
    request: versioned.extend(tagSchema.shape),
    response: empty,
  }),
  deleteModelVersionTag: endpoint({
    methods: ["DELETE"],
    path: "/mlflow/model-versions/delete-tag",
    edits: ({ name }) => [registeredModel(name)],
    changes: changesRegisteredModel,
    registryEvent: versionTagDeleted,
    request: versioned.extend({ key: requiredText }),
    response: empty,
  }),
};
