import { z } from "zod";
import { LIMITS } from "../limits.ts";
import { experiment } from "../access/resource.ts";
import { endpoint } from "../endpoint.ts";
import { experimentId } from "../ids.ts";
import { repeated } from "../scalars.ts";
import { datasetSummarySchema } from "./dataset-summary.ts";

export const datasetEndpoints = {
  /** What a page offers to filter runs by. */
  searchDatasets: endpoint({
    methods: ["POST"],
    path: "/mlflow/experiments/search-datasets",
    reads: ({ experiment_ids: ids }) => ids.map(experiment),
    request: z.object({ experiment_ids: repeated(experimentId, LIMITS.requestExperimentsMax) }),
    response: z.object({ dataset_summaries: repeated(datasetSummarySchema) }),
  }),
};
