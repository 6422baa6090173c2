import { z } from "zod";
import { LIMITS } from "./limits.ts";
import { artifactPage } from "./artifacts.ts";
import { empty, bool, int64, longText, repeated, requiredList, requiredText, shortText } from "./forms.ts";
import { loggedModel, registeredModel, run } from "./access.ts";
import { changesNothingFollowed, changesRegisteredModel, endpoint } from "./endpoint.ts";
import { modelVersionSchema, versionText, registeredModelSchema } from "./registry/models.ts";
import { modelId, modelName, runId } from "./ids.ts";
import { credentialInfoSchema, signedHeaderSchema } from "./files.ts";

const versioned = z.object({ name: modelName, version: versionText });

const ofRun = z.object({
  run_id: runId,
  path: requiredList(requiredText, LIMITS.requestItemsMax),
  page_token: longText.optional(),
});
const forRun = z.object({
  credential_infos: repeated(credentialInfoSchema),
  next_page_token: z.string().optional(),
});

const ofModel = z.object({
  model_id: modelId,
  paths: requiredList(requiredText, LIMITS.requestItemsMax),
  page_token: longText.optional(),
});
const forModel = z.object({
  credentials: repeated(z.object({ credential_info: credentialInfoSchema })),
  next_page_token: z.string().optional(),
});

const upload = z.object({ run_id: runId, path: requiredText });

/** Databricks' additions to MLflow's calls: signed URLs for artifacts, and its variant of the registry. */
export const databricksEndpoints = {
  getReadCredentials: endpoint({
    methods: ["GET", "POST"],
    path: "/mlflow/artifacts/credentials-for-read",
    reads: ({ run_id: id }) => [run(id)],
    request: ofRun,
    response: forRun,
  }),
  getWriteCredentials: endpoint({
    methods: ["GET", "POST"],
    path: "/mlflow/artifacts/credentials-for-write",
    edits: ({ run_id: id }) => [run(id)],
    changes: changesNothingFollowed,
    request: ofRun,
    response: forRun,
  }),
  getModelReadCredentials: endpoint({
    methods: ["POST"],
    path: "/mlflow/logged-models/{model_id}/artifacts/credentials-for-download",
    reads: ({ model_id: id }) => [loggedModel(id)],
    request: ofModel,
    response: forModel,
  }),
  getModelWriteCredentials: endpoint({
    methods: ["POST"],
    path: "/mlflow/logged-models/{model_id}/artifacts/credentials-for-upload",
    edits: ({ model_id: id }) => [loggedModel(id)],
    changes: changesNothingFollowed,
    request: ofModel,
    response: forModel,
  }),
  /** In this call and the next two, `run_id` may be a logged model's id, as MLflow 3 sends it. */
  createMultipartUpload: endpoint({
    methods: ["POST"],
    path: "/mlflow/artifacts/create-multipart-upload",
    edits: ({ run_id: id }) => [run(id)],
    changes: changesNothingFollowed,
    request: upload.extend({ num_parts: int64 }),
    response: z.object({
      upload_id: z.string(),
      upload_credential_infos: repeated(credentialInfoSchema),
      abort_credential_info: credentialInfoSchema,
    }),
  }),
  completeMultipartUpload: endpoint({
    methods: ["POST"],
    path: "/mlflow/artifacts/complete-multipart-upload",
    edits: ({ run_id: id }) => [run(id)],
    changes: changesNothingFollowed,
    request: upload.extend({
      upload_id: requiredText,
      part_etags: requiredList(z.object({ part_number: int64, etag: requiredText }), LIMITS.requestItemsMax),
    }),
    response: empty,
  }),
  getUploadPartCredentials: endpoint({
    methods: ["GET"],
    path: "/mlflow/artifacts/get-presigned-upload-part-url",
    edits: ({ run_id: id }) => [run(id)],
    changes: changesNothingFollowed,
    request: upload.extend({ upload_id: requiredText, part_number: int64 }),
    response: z.object({ upload_credential_info: credentialInfoSchema }),
  }),
  listModelVersionArtifacts: endpoint({
    methods: ["GET"],
    path: "/mlflow/model-versions/list-artifacts",
    reads: ({ name }) => [registeredModel(name)],
    request: versioned.extend({ path: shortText.optional(), page_token: longText.optional() }),
    response: artifactPage,
  }),
  getSignedDownloadUri: endpoint({
    methods: ["GET"],
    path: "/mlflow/model-versions/get-signed-download-uri",
    reads: ({ name }) => [registeredModel(name)],
    request: versioned.extend({ path: requiredText }),
    response: z.object({ signed_uri: z.string(), headers: repeated(signedHeaderSchema) }),
  }),
  getDatabricksRegisteredModel: endpoint({
    methods: ["GET"],
    path: "/mlflow/databricks/registered-models/get",
    reads: ({ name }) => [registeredModel(name)],
    request: z.object({ name: modelName }),
    response: z.object({ registered_model_databricks: registeredModelSchema.extend({ id: z.string() }) }),
  }),
  transitionDatabricksModelVersionStage: endpoint({
    methods: ["POST"],
    path: "/mlflow/databricks/model-versions/transition-stage",
    edits: ({ name }) => [registeredModel(name)],
    isIdempotent: true,
    changes: changesRegisteredModel,
    request: versioned.extend({
      stage: requiredText,
      archive_existing_versions: bool.default(false),
      comment: longText.optional(),
    }),
    response: z.object({ model_version_databricks: modelVersionSchema }),
  }),
};
