import { z } from "zod";

/** A dataset that runs of an experiment used, and what for. */
export type DatasetSummary = {
  readonly experimentId: string;
  readonly name: string;
  readonly digest: string;
  /** The tag `mlflow.data.context` of its use: `training`, `evaluation`, … */
  readonly context?: string;
};

export const datasetSummarySchema = z.object({
  experiment_id: z.string(),
  name: z.string(),
  digest: z.string(),
  context: z.string().optional(),
});
export type DatasetSummaryWire = z.infer<typeof datasetSummarySchema>;

export function datasetSummaryToWire(summary: DatasetSummary): DatasetSummaryWire {
  return {
    experiment_id: summary.experimentId,
    name: summary.name,
    digest: summary.digest,
    ...(summary.context !== undefined && { context: summary.context }),
  };
}

export function datasetSummaryFromWire(wire: DatasetSummaryWire): DatasetSummary {
  return {
    experimentId: wire.experiment_id,
    name: wire.name,
    digest: wire.digest,
    ...(wire.context !== undefined && { context: wire.context }),
  };
}
