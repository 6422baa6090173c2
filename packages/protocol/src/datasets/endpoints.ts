import { z } from "zod";
import { endpoint } from "../endpoint.ts";
import { repeated } from "../scalars.ts";
import { datasetSummarySchema } from "./dataset-summary.ts";

export const datasetEndpoints = {
  /** What a page offers to filter runs by. */
  searchDatasets: endpoint({
    methods: ["POST"],
    path: "/mlflow/experiments/search-datasets",
    permission: "experiment.view",
    request: z.object({ experiment_ids: repeated(z.string()) }),
    response: z.object({ dataset_summaries: repeated(datasetSummarySchema) }),
  }),
};
