import { z } from "zod";
import { LIMITS } from "./limits.ts";
import { longText, repeated, text, type Tag, tagSchema } from "./forms.ts";
import { experiment } from "./access.ts";
import { endpoint } from "./endpoint.ts";
import { experimentId } from "./ids.ts";

/** Metadata of a dataset that a run used; never the data itself. */
export type Dataset = {
  readonly name: string;
  readonly digest: string;
  readonly sourceType: string;
  readonly source: string;
  /** JSON text from the client. */
  readonly schema?: string | undefined;
  /** JSON text from the client. */
  readonly profile?: string | undefined;
};

/** A dataset that a run used, with tags such as `mlflow.data.context`. */
export type DatasetInput = { readonly dataset: Dataset; readonly tags: readonly Tag[] };

const datasetSchema = z.object({
  name: longText,
  digest: longText,
  source_type: longText.default(""),
  source: longText.default(""),
  schema: text(LIMITS.jsonBodyBytesMax).optional(),
  profile: text(LIMITS.jsonBodyBytesMax).optional(),
});

export const datasetInputSchema = z.object({
  tags: repeated(tagSchema, LIMITS.requestItemsMax),
  dataset: datasetSchema,
});
export type DatasetInputWire = z.infer<typeof datasetInputSchema>;

/** Converts a dataset input of a run to its wire form. */
export function datasetInputToWire(input: DatasetInput): DatasetInputWire {
  const { dataset } = input;
  return {
    tags: [...input.tags],
    dataset: {
      name: dataset.name,
      digest: dataset.digest,
      source_type: dataset.sourceType,
      source: dataset.source,
      schema: dataset.schema,
      profile: dataset.profile,
    },
  };
}

/** Converts a dataset input of a run from its wire form. */
export function datasetInputFromWire(wire: DatasetInputWire): DatasetInput {
  const { dataset } = wire;
  return {
    tags: wire.tags,
    dataset: {
      name: dataset.name,
      digest: dataset.digest,
      sourceType: dataset.source_type,
      source: dataset.source,
      schema: dataset.schema,
      profile: dataset.profile,
    },
  };
}

/** A dataset used by runs of an experiment, and its context. */
export type DatasetSummary = {
  readonly experimentId: string;
  readonly name: string;
  readonly digest: string;
  /** The tag `mlflow.data.context` of its use: `training`, `evaluation`, … */
  readonly context?: string | undefined;
};

const datasetSummarySchema = z.object({
  experiment_id: z.string(),
  name: z.string(),
  digest: z.string(),
  context: z.string().optional(),
});
/** A dataset of an experiment in the response of `mlflow/experiments/search-datasets`. */
export type DatasetSummaryWire = z.infer<typeof datasetSummarySchema>;

/** Converts a dataset of an experiment to its wire form. */
export function datasetSummaryToWire(summary: DatasetSummary): DatasetSummaryWire {
  return {
    experiment_id: summary.experimentId,
    name: summary.name,
    digest: summary.digest,
    context: summary.context,
  };
}

/** Converts a dataset of an experiment from its wire form. */
export function datasetSummaryFromWire(wire: DatasetSummaryWire): DatasetSummary {
  return {
    experimentId: wire.experiment_id,
    name: wire.name,
    digest: wire.digest,
    context: wire.context,
  };
}

export const datasetEndpoints = {
  /** The datasets that MLflow's page offers for filtering runs. */
  searchDatasets: endpoint({
    methods: ["POST"],
    path: "/mlflow/experiments/search-datasets",
    reads: ({ experiment_ids: ids }) => ids.map(experiment),
    request: z.object({ experiment_ids: repeated(experimentId, LIMITS.requestExperimentsMax) }),
    response: z.object({ dataset_summaries: repeated(datasetSummarySchema) }),
  }),
};
