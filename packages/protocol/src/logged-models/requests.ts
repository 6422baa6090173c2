import { type Param } from "../runs/run.ts";
import { type Tag } from "../tag.ts";

/** What `createLoggedModel` takes. */
export type CreateLoggedModelInput = {
  readonly experimentId: string;
  readonly name?: string | undefined;
  readonly modelType?: string | undefined;
  readonly sourceRunId?: string | undefined;
  readonly tags?: readonly Tag[] | undefined;
  readonly params?: readonly Param[] | undefined;
};

/** Which measurements count: those on one dataset. */
export type DatasetFilter = {
  readonly datasetName: string;
  readonly datasetDigest?: string | undefined;
};

/** One key that logged models are sorted by; a metric may be limited to one dataset. */
export type LoggedModelOrder = Partial<DatasetFilter> & {
  /** For example `creation_timestamp` or `metrics.accuracy`. */
  readonly fieldName: string;
  readonly ascending: boolean;
};

/** What `searchLoggedModels` takes. */
export type SearchLoggedModelsInput = {
  readonly experimentIds: readonly string[];
  readonly filter?: string | undefined;
  /** Metrics in the filter are those measured on one of these. */
  readonly datasets?: readonly DatasetFilter[] | undefined;
  readonly maxResults?: number | undefined;
  readonly orderBy?: readonly LoggedModelOrder[] | undefined;
  readonly pageToken?: string | undefined;
};

/** What `listLoggedModelArtifacts` takes. */
export type ListLoggedModelArtifactsInput = {
  readonly modelId: string;
  /** A folder of the model; absent means its root. */
  readonly path?: string | undefined;
  readonly pageToken?: string | undefined;
};

/** The request of `createLoggedModel` as it travels. */
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

/** The request of `searchLoggedModels` as it travels. */
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

/** The request of `listLoggedModelArtifacts` as it travels. */
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
