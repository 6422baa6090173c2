import { AppError } from "@flightdeck/core";
import { type DatasetInput, type DatasetSummary, LIMITS, SYSTEM_TAGS } from "@flightdeck/protocol";
import type { StoreContext } from "../access/store-context.ts";
import { findVisibleIds } from "../access/viewer.ts";
import { statement } from "../database/statement.ts";
import { all, type Work } from "../database/work.ts";
import { checkLength } from "../validation/text.ts";
import { findExperimentNumber, parseExperimentId } from "./experiment-rows.ts";

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

/** MLflow's bounds of a run's datasets (`mlflow/utils/validation.py`). */
export function checkDatasetInputs(inputs: readonly DatasetInput[]): void {
  for (const { dataset, tags } of inputs) {
    checkLength("name", dataset.name, LIMITS.datasetNameCharsMax);
    checkLength("digest", dataset.digest, LIMITS.datasetDigestCharsMax);
    checkLength("source", dataset.source, LIMITS.datasetSourceCharsMax);
    checkLength("schema", dataset.schema ?? "", LIMITS.datasetSchemaCharsMax);
    checkLength("profile", dataset.profile ?? "", LIMITS.datasetProfileCharsMax);
    for (const { key, value } of tags) {
      checkLength("key", key, LIMITS.inputTagKeyCharsMax);
      checkLength("value", value, LIMITS.inputTagValueCharsMax);
    }
  }
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
