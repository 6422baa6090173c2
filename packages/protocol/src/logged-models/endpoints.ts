import { z } from "zod";
import { LIMITS } from "../limits.ts";
import { artifactPage } from "../artifacts.ts";
import {
  empty,
  bool,
  int64,
  longText,
  repeated,
  requiredList,
  requiredText,
  shortText,
  tagSchema,
  type Tag,
} from "../forms.ts";
import { experiment, loggedModel, run } from "../access.ts";
import { changed, changesLoggedModel, endpoint } from "../endpoint.ts";
import { experimentId, modelId, optional, runId } from "../ids.ts";
import { loggedModelSchema, loggedModelStatusSchema } from "./logged-model.ts";
import type { Param } from "../runs/runs.ts";

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

/** Input of `createLoggedModel`. */
export type CreateLoggedModelInput = {
  readonly experimentId: string;
  readonly name?: string | undefined;
  readonly modelType?: string | undefined;
  readonly sourceRunId?: string | undefined;
  readonly tags?: readonly Tag[] | undefined;
  readonly params?: readonly Param[] | undefined;
};

/** Limits metrics to those measured on one dataset. */
export type DatasetFilter = {
  readonly datasetName: string;
  readonly datasetDigest?: string | undefined;
};

/** One sort key of logged models; a metric may be limited to one dataset. */
export type LoggedModelOrder = {
  readonly datasetName?: string | undefined;
  readonly datasetDigest?: string | undefined;
  /** For example `creation_timestamp` or `metrics.accuracy`. */
  readonly fieldName: string;
  readonly ascending: boolean;
};

/** Input of `searchLoggedModels`. */
export type SearchLoggedModelsInput = {
  readonly experimentIds: readonly string[];
  readonly filter?: string | undefined;
  /** Metrics in the filter must have been measured on one of these. */
  readonly datasets?: readonly DatasetFilter[] | undefined;
  readonly maxResults?: number | undefined;
  readonly orderBy?: readonly LoggedModelOrder[] | undefined;
  readonly pageToken?: string | undefined;
};

/** Input of `listLoggedModelArtifacts`. */
export type ListLoggedModelArtifactsInput = {
  readonly modelId: string;
  /** A folder of the model. Default: its root. */
  readonly path?: string | undefined;
  readonly pageToken?: string | undefined;
};

/** Converts the input of `createLoggedModel` to its wire form. */
export function createLoggedModelToWire({
  experimentId,
  name,
  modelType,
  sourceRunId,
  tags = [],
  params = [],
}: CreateLoggedModelInput) {
  return {
    experiment_id: experimentId,
    name,
    model_type: modelType,
    source_run_id: sourceRunId,
    tags: [...tags],
    params: [...params],
  };
}

/** Converts the input of `searchLoggedModels` to its wire form. */
export function searchLoggedModelsToWire({
  experimentIds,
  filter,
  datasets = [],
  maxResults,
  orderBy = [],
  pageToken,
}: SearchLoggedModelsInput) {
  return {
    experiment_ids: [...experimentIds],
    filter,
    datasets: datasets.map(datasetFilterToWire),
    max_results: maxResults,
    order_by: orderBy.map(orderToWire),
    page_token: pageToken,
  };
}

/** Converts the input of `listLoggedModelArtifacts` to its wire form. */
export function listLoggedModelArtifactsToWire({ modelId, path, pageToken }: ListLoggedModelArtifactsInput) {
  return { model_id: modelId, artifact_directory_path: path, page_token: pageToken };
}

type DatasetFilterWire = { dataset_name: string; dataset_digest: string | undefined };

function datasetFilterToWire({ datasetName, datasetDigest }: DatasetFilter): DatasetFilterWire {
  return { dataset_name: datasetName, dataset_digest: datasetDigest };
}

type LoggedModelOrderWire = Partial<DatasetFilterWire> & { field_name: string; ascending: boolean };

function orderToWire({ fieldName, ascending, ...dataset }: LoggedModelOrder): LoggedModelOrderWire {
  const { datasetName, datasetDigest } = dataset;
  const order = { field_name: fieldName, ascending };
  return datasetName === undefined
    ? order
    : { ...order, ...datasetFilterToWire({ datasetName, datasetDigest }) };
}
