import { z } from "zod";
import { endpoint } from "../endpoint.ts";
import { empty } from "../empty.ts";
import { int64, repeated, requiredText } from "../scalars.ts";
import { tagSchema } from "../tag.ts";
import { viewTypeSchema } from "../view-type.ts";
import { experimentSchema } from "./experiment.ts";

const searchRequest = z.object({
  max_results: int64.optional(),
  page_token: z.string().optional(),
  filter: z.string().optional(),
  order_by: repeated(z.string()),
  view_type: viewTypeSchema.default("ACTIVE_ONLY"),
});

export const experimentEndpoints = {
  createExperiment: endpoint({
    methods: ["POST"],
    path: "/mlflow/experiments/create",
    permission: "workspace.edit",
    request: z.object({
      name: requiredText,
      artifact_location: z.string().optional(),
      tags: repeated(tagSchema),
    }),
    response: z.object({ experiment_id: z.string() }),
  }),
  getExperiment: endpoint({
    methods: ["GET"],
    path: "/mlflow/experiments/get",
    permission: "experiment.view",
    request: z.object({ experiment_id: requiredText }),
    response: z.object({ experiment: experimentSchema }),
  }),
  getExperimentByName: endpoint({
    methods: ["GET"],
    path: "/mlflow/experiments/get-by-name",
    permission: "experiment.view",
    request: z.object({ experiment_name: requiredText }),
    response: z.object({ experiment: experimentSchema }),
  }),
  searchExperiments: endpoint({
    methods: ["GET", "POST"],
    path: "/mlflow/experiments/search",
    permission: "workspace.view",
    request: searchRequest,
    response: z.object({ experiments: repeated(experimentSchema), next_page_token: z.string().optional() }),
  }),
  /** What mlflow 1.x and databricks-sdk call; the open server of 3.x has dropped it. */
  listExperiments: endpoint({
    methods: ["GET"],
    path: "/mlflow/experiments/list",
    permission: "workspace.view",
    request: z.object({
      max_results: int64.optional(),
      page_token: z.string().optional(),
      view_type: viewTypeSchema.default("ACTIVE_ONLY"),
    }),
    response: z.object({ experiments: repeated(experimentSchema), next_page_token: z.string().optional() }),
  }),
  updateExperiment: endpoint({
    methods: ["POST"],
    path: "/mlflow/experiments/update",
    permission: "experiment.edit",
    request: z.object({ experiment_id: requiredText, new_name: requiredText }),
    response: empty,
  }),
  deleteExperiment: endpoint({
    methods: ["POST"],
    path: "/mlflow/experiments/delete",
    permission: "experiment.manage",
    request: z.object({ experiment_id: requiredText }),
    response: empty,
  }),
  restoreExperiment: endpoint({
    methods: ["POST"],
    path: "/mlflow/experiments/restore",
    permission: "experiment.manage",
    request: z.object({ experiment_id: requiredText }),
    response: empty,
  }),
  setExperimentTag: endpoint({
    methods: ["POST"],
    path: "/mlflow/experiments/set-experiment-tag",
    permission: "experiment.edit",
    request: z.object({ experiment_id: requiredText, ...tagSchema.shape }),
    response: empty,
  }),
  deleteExperimentTag: endpoint({
    methods: ["POST"],
    path: "/mlflow/experiments/delete-experiment-tag",
    permission: "experiment.edit",
    request: z.object({ experiment_id: requiredText, key: requiredText }),
    response: empty,
  }),
};
