import { z } from "zod";
import { LIMITS } from "../limits.ts";
import { artifactPage } from "../artifacts/file-info.ts";
import { empty } from "../empty.ts";
import { experiment, loggedModel, run } from "../access/resource.ts";
import { changed, changesLoggedModel } from "../events/change.ts";
import { endpoint } from "../endpoint.ts";
import { experimentId, modelId, optional, runId } from "../ids.ts";
import { bool, int64, longText, repeated, requiredList, requiredText, shortText } from "../scalars.ts";
import { tagSchema } from "../tag.ts";
import { loggedModelSchema, loggedModelStatusSchema } from "./logged-model.ts";

const oneModel = z.object({ model: loggedModelSchema });

export const loggedModelEndpoints = {
  createLoggedModel: endpoint({
    methods: ["POST"],
    path: "/mlflow/logged-models",
    edits: ({ experiment_id: id, source_run_id: source }) => [
      experiment(id),
      ...(source === undefined ? [] : [run(source)]),
    ],
    changes: ({ experiment_id: id }, { model }) => [
      changed.experiment(id),
      changed.loggedModel(model.info.model_id),
    ],
    request: z.object({
      experiment_id: experimentId,
      name: shortText.optional(),
      model_type: shortText.default(""),
      source_run_id: optional(runId),
      params: repeated(tagSchema, LIMITS.requestItemsMax),
      tags: repeated(tagSchema, LIMITS.requestItemsMax),
    }),
    response: oneModel,
  }),
  getLoggedModel: endpoint({
    methods: ["GET"],
    path: "/mlflow/logged-models/{model_id}",
    reads: ({ model_id: id }) => [loggedModel(id)],
    request: z.object({ model_id: modelId }),
    response: oneModel,
  }),
  finalizeLoggedModel: endpoint({
    methods: ["PATCH"],
    path: "/mlflow/logged-models/{model_id}",
    edits: ({ model_id: id }) => [loggedModel(id)],
    isIdempotent: true,
    changes: changesLoggedModel,
    request: z.object({ model_id: modelId, status: loggedModelStatusSchema }),
    response: oneModel,
  }),
  deleteLoggedModel: endpoint({
    methods: ["DELETE"],
    path: "/mlflow/logged-models/{model_id}",
    edits: ({ model_id: id }) => [loggedModel(id)],
    changes: changesLoggedModel,
    request: z.object({ model_id: modelId }),
    response: empty,
  }),
  searchLoggedModels: endpoint({
    methods: ["POST"],
    path: "/mlflow/logged-models/search",
    reads: ({ experiment_ids: ids }) => ids.map(experiment),
    request: z.object({
      experiment_ids: requiredList(experimentId, LIMITS.requestExperimentsMax),
      filter: longText.optional(),
      datasets: repeated(
        z.object({ dataset_name: requiredText, dataset_digest: shortText.optional() }),
        LIMITS.requestItemsMax,
      ),
      max_results: int64.optional(),
      order_by: repeated(
        z.object({
          field_name: requiredText,
          ascending: bool.default(true),
          dataset_name: shortText.optional(),
          dataset_digest: shortText.optional(),
        }),
        LIMITS.requestItemsMax,
      ),
      page_token: longText.optional(),
    }),
    response: z.object({ models: repeated(loggedModelSchema), next_page_token: z.string().optional() }),
  }),
  setLoggedModelTags: endpoint({
    methods: ["PATCH"],
    path: "/mlflow/logged-models/{model_id}/tags",
    edits: ({ model_id: id }) => [loggedModel(id)],
    isIdempotent: true,
    changes: changesLoggedModel,
    request: z.object({ model_id: modelId, tags: repeated(tagSchema, LIMITS.requestItemsMax) }),
    response: oneModel,
  }),
  deleteLoggedModelTag: endpoint({
    methods: ["DELETE"],
    path: "/mlflow/logged-models/{model_id}/tags/{tag_key}",
    edits: ({ model_id: id }) => [loggedModel(id)],
    changes: changesLoggedModel,
    request: z.object({ model_id: modelId, tag_key: requiredText }),
    response: empty,
  }),
  logLoggedModelParams: endpoint({
    methods: ["POST"],
    path: "/mlflow/logged-models/{model_id}/params",
    edits: ({ model_id: id }) => [loggedModel(id)],
    isIdempotent: true,
    changes: changesLoggedModel,
    request: z.object({ model_id: modelId, params: repeated(tagSchema, LIMITS.requestItemsMax) }),
    response: empty,
  }),
  listLoggedModelArtifacts: endpoint({
    methods: ["GET"],
    path: "/mlflow/logged-models/{model_id}/artifacts/directories",
    reads: ({ model_id: id }) => [loggedModel(id)],
    request: z.object({
      model_id: modelId,
      artifact_directory_path: shortText.optional(),
      page_token: longText.optional(),
    }),
    response: artifactPage,
  }),
};
