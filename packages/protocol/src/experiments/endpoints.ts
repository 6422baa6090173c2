import { z } from "zod";
import { LIMITS } from "../limits.ts";
import { USERS_CHANGE, USERS_READ } from "../access/access.ts";
import { artifactLocation, experiment, experimentNamed } from "../access/resource.ts";
import { changed, changesExperiment } from "../events/change.ts";
import { endpoint } from "../endpoint.ts";
import { empty } from "../empty.ts";
import { experimentId, experimentLocation, experimentName, newName, optional } from "../ids.ts";
import { int64, longText, repeated, requiredText } from "../scalars.ts";
import { tagSchema } from "../tag.ts";
import { viewTypeSchema } from "../view-type.ts";
import { experimentSchema } from "./experiment.ts";

const searchRequest = z.object({
  max_results: int64.optional(),
  page_token: longText.optional(),
  filter: longText.optional(),
  order_by: repeated(longText, LIMITS.requestItemsMax),
  view_type: viewTypeSchema.default("ACTIVE_ONLY"),
});

export const experimentEndpoints = {
  createExperiment: endpoint({
    methods: ["POST"],
    path: "/mlflow/experiments/create",
    access: {
      ...USERS_CHANGE,
      names: ({ artifact_location: uri }) => (uri ? [artifactLocation(uri)] : []),
    },
    creates: "experiment",
    changes: (_request, { experiment_id: id }) => [changed.experiment(id)],
    request: z.object({
      name: newName,
      artifact_location: optional(experimentLocation),
      tags: repeated(tagSchema, LIMITS.requestItemsMax),
    }),
    response: z.object({ experiment_id: z.string() }),
  }),
  getExperiment: endpoint({
    methods: ["GET"],
    path: "/mlflow/experiments/get",
    reads: ({ experiment_id: id }) => [experiment(id)],
    request: z.object({ experiment_id: experimentId }),
    response: z.object({ experiment: experimentSchema }),
  }),
  getExperimentByName: endpoint({
    methods: ["GET"],
    path: "/mlflow/experiments/get-by-name",
    reads: ({ experiment_name: name }) => [experimentNamed(name)],
    request: z.object({ experiment_name: experimentName }),
    response: z.object({ experiment: experimentSchema }),
  }),
  searchExperiments: endpoint({
    methods: ["GET", "POST"],
    path: "/mlflow/experiments/search",
    access: USERS_READ,
    request: searchRequest,
    response: z.object({ experiments: repeated(experimentSchema), next_page_token: z.string().optional() }),
  }),
  /** What mlflow 1.x and databricks-sdk call; the open server of 3.x has dropped it. */
  listExperiments: endpoint({
    methods: ["GET"],
    path: "/mlflow/experiments/list",
    access: USERS_READ,
    request: z.object({
      max_results: int64.optional(),
      page_token: longText.optional(),
      view_type: viewTypeSchema.default("ACTIVE_ONLY"),
    }),
    response: z.object({ experiments: repeated(experimentSchema), next_page_token: z.string().optional() }),
  }),
  updateExperiment: endpoint({
    methods: ["POST"],
    path: "/mlflow/experiments/update",
    edits: ({ experiment_id: id }) => [experiment(id)],
    isIdempotent: true,
    changes: changesExperiment,
    request: z.object({ experiment_id: experimentId, new_name: newName }),
    response: empty,
  }),
  deleteExperiment: endpoint({
    methods: ["POST"],
    path: "/mlflow/experiments/delete",
    manages: ({ experiment_id: id }) => [experiment(id)],
    changes: changesExperiment,
    request: z.object({ experiment_id: experimentId }),
    response: empty,
  }),
  restoreExperiment: endpoint({
    methods: ["POST"],
    path: "/mlflow/experiments/restore",
    manages: ({ experiment_id: id }) => [experiment(id)],
    changes: changesExperiment,
    request: z.object({ experiment_id: experimentId }),
    response: empty,
  }),
  setExperimentTag: endpoint({
    methods: ["POST"],
    path: "/mlflow/experiments/set-experiment-tag",
    edits: ({ experiment_id: id }) => [experiment(id)],
    isIdempotent: true,
    changes: changesExperiment,
    request: z.object({ experiment_id: experimentId, ...tagSchema.shape }),
    response: empty,
  }),
  deleteExperimentTag: endpoint({
    methods: ["POST"],
    path: "/mlflow/experiments/delete-experiment-tag",
    edits: ({ experiment_id: id }) => [experiment(id)],
    changes: changesExperiment,
    request: z.object({ experiment_id: experimentId, key: requiredText }),
    response: empty,
  }),
};
