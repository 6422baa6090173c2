import { z } from "zod";
import { artifactPage } from "../artifacts/file-info.ts";
import { empty } from "../empty.ts";
import { endpoint } from "../endpoint.ts";
import { bool, int64, repeated, requiredList, requiredText } from "../scalars.ts";
import { tagSchema } from "../tag.ts";
import { loggedModelSchema, loggedModelStatusSchema } from "./logged-model.ts";

const oneModel = z.object({ model: loggedModelSchema });

export const loggedModelEndpoints = {
  createLoggedModel: endpoint({
    methods: ["POST"],
    path: "/mlflow/logged-models",
    permission: "experiment.edit",
    request: z.object({
      experiment_id: requiredText,
      name: z.string().optional(),
      model_type: z.string().default(""),
      source_run_id: z.string().default(""),
      params: repeated(tagSchema),
      tags: repeated(tagSchema),
    }),
    response: oneModel,
  }),
  getLoggedModel: endpoint({
    methods: ["GET"],
    path: "/mlflow/logged-models/{model_id}",
    permission: "experiment.view",
    request: z.object({ model_id: requiredText }),
    response: oneModel,
  }),
  finalizeLoggedModel: endpoint({
    methods: ["PATCH"],
    path: "/mlflow/logged-models/{model_id}",
    permission: "experiment.edit",
    request: z.object({ model_id: requiredText, status: loggedModelStatusSchema }),
    response: oneModel,
  }),
  deleteLoggedModel: endpoint({
    methods: ["DELETE"],
    path: "/mlflow/logged-models/{model_id}",
    permission: "experiment.edit",
    request: z.object({ model_id: requiredText }),
    response: empty,
  }),
  searchLoggedModels: endpoint({
    methods: ["POST"],
    path: "/mlflow/logged-models/search",
    permission: "experiment.view",
    request: z.object({
      experiment_ids: requiredList(z.string()),
      filter: z.string().optional(),
      datasets: repeated(z.object({ dataset_name: requiredText, dataset_digest: z.string().optional() })),
      max_results: int64.optional(),
      order_by: repeated(
        z.object({
          field_name: requiredText,
          ascending: bool.default(true),
          dataset_name: z.string().optional(),
          dataset_digest: z.string().optional(),
        }),
      ),
      page_token: z.string().optional(),
    }),
    response: z.object({ models: repeated(loggedModelSchema), next_page_token: z.string().optional() }),
  }),
  setLoggedModelTags: endpoint({
    methods: ["PATCH"],
    path: "/mlflow/logged-models/{model_id}/tags",
    permission: "experiment.edit",
    request: z.object({ model_id: requiredText, tags: repeated(tagSchema) }),
    response: oneModel,
  }),
  deleteLoggedModelTag: endpoint({
    methods: ["DELETE"],
    path: "/mlflow/logged-models/{model_id}/tags/{tag_key}",
    permission: "experiment.edit",
    request: z.object({ model_id: requiredText, tag_key: requiredText }),
    response: empty,
  }),
  logLoggedModelParams: endpoint({
    methods: ["POST"],
    path: "/mlflow/logged-models/{model_id}/params",
    permission: "experiment.edit",
    request: z.object({ model_id: requiredText, params: repeated(tagSchema) }),
    response: empty,
  }),
  listLoggedModelArtifacts: endpoint({
    methods: ["GET"],
    path: "/mlflow/logged-models/{model_id}/artifacts/directories",
    permission: "experiment.view",
    request: z.object({
      model_id: requiredText,
      artifact_directory_path: z.string().optional(),
      page_token: z.string().optional(),
    }),
    response: artifactPage,
  }),
};
