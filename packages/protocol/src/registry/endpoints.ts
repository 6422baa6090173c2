import { z } from "zod";
import { empty } from "../empty.ts";
import { endpoint } from "../endpoint.ts";
import { bool, int64, repeated, requiredText } from "../scalars.ts";
import { tagSchema } from "../tag.ts";
import { modelVersionSchema, versionText } from "./model-version.ts";
import { registeredModelSchema } from "./registered-model.ts";

const named = z.object({ name: requiredText });
const versioned = z.object({ name: requiredText, version: versionText });
const oneModel = z.object({ registered_model: registeredModelSchema });
const oneVersion = z.object({ model_version: modelVersionSchema });
const searchRequest = z.object({
  filter: z.string().optional(),
  max_results: int64.optional(),
  order_by: repeated(z.string()),
  page_token: z.string().optional(),
});

export const registryEndpoints = {
  createRegisteredModel: endpoint({
    methods: ["POST"],
    path: "/mlflow/registered-models/create",
    permission: "workspace.edit",
    request: named.extend({ tags: repeated(tagSchema), description: z.string().default("") }),
    response: oneModel,
  }),
  getRegisteredModel: endpoint({
    methods: ["GET"],
    path: "/mlflow/registered-models/get",
    permission: "model.view",
    request: named,
    response: oneModel,
  }),
  renameRegisteredModel: endpoint({
    methods: ["POST"],
    path: "/mlflow/registered-models/rename",
    permission: "model.manage",
    request: named.extend({ new_name: requiredText }),
    response: oneModel,
  }),
  updateRegisteredModel: endpoint({
    methods: ["PATCH"],
    path: "/mlflow/registered-models/update",
    permission: "model.edit",
    request: named.extend({ description: z.string().optional() }),
    response: oneModel,
  }),
  deleteRegisteredModel: endpoint({
    methods: ["DELETE"],
    path: "/mlflow/registered-models/delete",
    permission: "model.manage",
    request: named,
    response: empty,
  }),
  searchRegisteredModels: endpoint({
    methods: ["GET"],
    path: "/mlflow/registered-models/search",
    permission: "workspace.view",
    request: searchRequest,
    response: z.object({
      registered_models: repeated(registeredModelSchema),
      next_page_token: z.string().optional(),
    }),
  }),
  /** What mlflow 1.x calls; the open server of 2.x has dropped it. */
  listRegisteredModels: endpoint({
    methods: ["GET"],
    path: "/mlflow/registered-models/list",
    permission: "workspace.view",
    request: z.object({ max_results: int64.optional(), page_token: z.string().optional() }),
    response: z.object({
      registered_models: repeated(registeredModelSchema),
      next_page_token: z.string().optional(),
    }),
  }),
  getLatestVersions: endpoint({
    methods: ["GET", "POST"],
    path: "/mlflow/registered-models/get-latest-versions",
    permission: "model.view",
    request: named.extend({ stages: repeated(z.string()) }),
    response: z.object({ model_versions: repeated(modelVersionSchema) }),
  }),
  setRegisteredModelTag: endpoint({
    methods: ["POST"],
    path: "/mlflow/registered-models/set-tag",
    permission: "model.edit",
    request: named.extend(tagSchema.shape),
    response: empty,
  }),
  deleteRegisteredModelTag: endpoint({
    methods: ["DELETE"],
    path: "/mlflow/registered-models/delete-tag",
    permission: "model.edit",
    request: named.extend({ key: requiredText }),
    response: empty,
  }),
  setRegisteredModelAlias: endpoint({
    methods: ["POST"],
    path: "/mlflow/registered-models/alias",
    permission: "model.edit",
    request: versioned.extend({ alias: requiredText }),
    response: empty,
  }),
  deleteRegisteredModelAlias: endpoint({
    methods: ["DELETE"],
    path: "/mlflow/registered-models/alias",
    permission: "model.edit",
    request: named.extend({ alias: requiredText }),
    response: empty,
  }),
  getModelVersionByAlias: endpoint({
    methods: ["GET"],
    path: "/mlflow/registered-models/alias",
    permission: "model.view",
    request: named.extend({ alias: requiredText }),
    response: oneVersion,
  }),
  createModelVersion: endpoint({
    methods: ["POST"],
    path: "/mlflow/model-versions/create",
    permission: "model.edit",
    request: named.extend({
      source: requiredText,
      run_id: z.string().optional(),
      run_link: z.string().optional(),
      description: z.string().default(""),
      model_id: z.string().optional(),
      tags: repeated(tagSchema),
    }),
    response: oneVersion,
  }),
  getModelVersion: endpoint({
    methods: ["GET"],
    path: "/mlflow/model-versions/get",
    permission: "model.view",
    request: versioned,
    response: oneVersion,
  }),
  updateModelVersion: endpoint({
    methods: ["PATCH"],
    path: "/mlflow/model-versions/update",
    permission: "model.edit",
    request: versioned.extend({ description: z.string().optional() }),
    response: oneVersion,
  }),
  transitionModelVersionStage: endpoint({
    methods: ["POST"],
    path: "/mlflow/model-versions/transition-stage",
    permission: "model.edit",
    request: versioned.extend({ stage: requiredText, archive_existing_versions: bool.default(false) }),
    response: oneVersion,
  }),
  deleteModelVersion: endpoint({
    methods: ["DELETE"],
    path: "/mlflow/model-versions/delete",
    permission: "model.manage",
    request: versioned,
    response: empty,
  }),
  searchModelVersions: endpoint({
    methods: ["GET"],
    path: "/mlflow/model-versions/search",
    permission: "workspace.view",
    request: searchRequest,
    response: z.object({
      model_versions: repeated(modelVersionSchema),
      next_page_token: z.string().optional(),
    }),
  }),
  /** The URI that a client downloads the version's files from. */
  getModelVersionDownloadUri: endpoint({
    methods: ["GET"],
    path: "/mlflow/model-versions/get-download-uri",
    permission: "model.view",
    request: versioned,
    response: z.object({ artifact_uri: z.string() }),
  }),
  setModelVersionTag: endpoint({
    methods: ["POST"],
    path: "/mlflow/model-versions/set-tag",
    permission: "model.edit",
    request: versioned.extend(tagSchema.shape),
    response: empty,
  }),
  deleteModelVersionTag: endpoint({
    methods: ["DELETE"],
    path: "/mlflow/model-versions/delete-tag",
    permission: "model.edit",
    request: versioned.extend({ key: requiredText }),
    response: empty,
  }),
};
