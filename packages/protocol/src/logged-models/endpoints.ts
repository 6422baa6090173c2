import { z } from "zod";
import { artifactPage } from "../artifacts/file-info.ts";
import { empty } from "../empty.ts";
import { endpoint } from "../endpoint.ts";
import { bool, int64, repeated } from "../scalars.ts";
import { tagSchema } from "../tag.ts";
import { loggedModelSchema, loggedModelStatusSchema } from "./logged-model.ts";

const oneModel = z.object({ model: loggedModelSchema });

export const loggedModelEndpoints = {
  createLoggedModel: endpoint({
    methods: ["POST"],
    path: "/mlflow/logged-models",
    permission: "experiment.edit",
    request: z.object({
      experiment_id: z.string(),
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
    request: z.object({ model_id: z.string() }),
    response: oneModel,
  }),
  finalizeLoggedModel: endpoint({
    methods: ["PATCH"],
    path: "/mlflow/logged-models/{model_id}",
    permission: "experiment.edit",
    request: z.object({ model_id: z.string(), status: loggedModelStatusSchema }),
    response: oneModel,
  }),
  deleteLoggedModel: endpoint({
    methods: ["DELETE"],
    path: "/mlflow/logged-models/{model_id}",
    permission: "experiment.edit",
    request: z.object({ model_id: z.string() }),
    response: empty,
  }),
  searchLoggedModels: endpoint({
    methods: ["POST"],
    path: "/mlflow/logged-models/search",
    permission: "experiment.view",
    request: z.object({
      experiment_ids: repeated(z.string()),
      filter: z.string().optional(),
      datasets: repeated(z.object({ dataset_name: z.string(), dataset_digest: z.string().optional() })),
      max_results: int64.optional(),
      order_by: repeated(
        z.object({
          field_name: z.string(),
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
    request: z.object({ model_id: z.string(), tags: repeated(tagSchema) }),
    response: oneModel,
  }),
  deleteLoggedModelTag: endpoint({
    methods: ["DELETE"],
    path: "/mlflow/logged-models/{model_id}/tags/{tag_key}",
    permission: "experiment.edit",
    request: z.object({ model_id: z.string(), tag_key: z.string() }),
    response: empty,
  }),
  logLoggedModelParams: endpoint({
    methods: ["POST"],
    path: "/mlflow/logged-models/{model_id}/params",
    permission: "experiment.edit",
    request: z.object({ model_id: z.string(), params: repeated(tagSchema) }),
    response: empty,
  }),
  listLoggedModelArtifacts: endpoint({
    methods: ["GET"],
    path: "/mlflow/logged-models/{model_id}/artifacts/directories",
    permission: "experiment.view",
    request: z.object({
      model_id: z.string(),
      artifact_directory_path: z.string().optional(),
      page_token: z.string().optional(),
    }),
    response: artifactPage,
  }),
};
