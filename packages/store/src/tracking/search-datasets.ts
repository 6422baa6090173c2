import { AppError } from "@flightdeck/core";
import { type DatasetSummary, LIMITS, SYSTEM_TAGS } from "@flightdeck/protocol";
import { findVisibleIds } from "../access/viewer.ts";
import { statement } from "../database/statement.ts";
import { all, type Work } from "../database/work.ts";
import type { StoreContext } from "./context.ts";
import { findExperimentNumber, parseExperimentId } from "./experiments.ts";

/** Each dataset that runs of the experiments used, once for each context that they used it in. */
export function* searchDatasets(
  { visibleTo }: StoreContext,
  experimentIds: readonly string[],
): Work<readonly DatasetSummary[]> {
  // An id that is no number names no experiment.
  const asked = experimentIds.flatMap((experimentId) => findExperimentNumber(experimentId) ?? []);
  const ids = yield* findVisibleIds(visibleTo, "experiment", asked);
  const rows = yield* all(
    selectSummaries({
      experimentIds: JSON.stringify(ids),
      contextKey: SYSTEM_TAGS.datasetContext,
      limit: LIMITS.searchDatasetsResultsMax,
    }),
  );
  return rows.map(({ experiment_id, name, digest, context }) => ({
    experimentId: String(experiment_id),
    name,
    digest,
    ...(context !== null && { context }),
  }));
}

export function checkDatasetSearch(experimentIds: readonly string[]): void {
  if (experimentIds.length === 0) {
    throw new AppError(
      "INVALID_PARAMETER_VALUE",
      "SearchDatasets request must specify at least one experiment_id.",
    );
  }
  for (const experimentId of experimentIds) if (experimentId === "") parseExperimentId(experimentId);
  if (experimentIds.length <= LIMITS.searchDatasetsExperimentsMax) return;
  throw new AppError(
    "INVALID_PARAMETER_VALUE",
    `SearchDatasets request cannot specify more than ${LIMITS.searchDatasetsExperimentsMax} experiment_ids. Received ${experimentIds.length} experiment_ids.`,
  );
}

const selectSummaries = statement<{ experimentIds: string; contextKey: string; limit: number }>()(
  (db, arg, dialect) =>
    db
      .selectFrom("datasets")
      .innerJoin("run_datasets", "run_datasets.dataset_id", "datasets.id")
      .leftJoin("run_dataset_tags", (join) =>
        join
          .onRef("run_dataset_tags.run_id", "=", "run_datasets.run_id")
          .onRef("run_dataset_tags.dataset_id", "=", "run_datasets.dataset_id")
          .on("run_dataset_tags.key", "=", arg("contextKey")),
      )
      .select(["experiment_id", "name", "digest", "run_dataset_tags.value as context"])
      .distinct()
      .where("experiment_id", "in", dialect.listOfIntegers(arg("experimentIds")))
      .orderBy("experiment_id")
      .orderBy("name")
      .orderBy("digest")
      .orderBy("context")
      .limit(arg("limit")),
);
