import { AppError, assert } from "@flightdeck/core";
import {
  type Dataset,
  type DatasetInput,
  type DatasetSummary,
  LIMITS,
  type ModelInput,
  type ModelOutput,
  SYSTEM_TAGS,
  type Tag,
} from "@flightdeck/protocol";
import type { StoreContext } from "../access/store-context.ts";
import { findVisibleIds } from "../access/viewer.ts";
import { bulkInsert } from "../database/bulk-insert.ts";
import { statement } from "../database/statement.ts";
import { all, first, insertRows, type Work } from "../database/work.ts";
import { checkLength } from "../validation/text.ts";
import { findExperimentNumber, parseExperimentId } from "./experiment-rows.ts";
import type { RunRow } from "./run-rows.ts";

export type RunInputs = {
  readonly datasets: ReadonlyMap<number, readonly DatasetInput[]>;
  readonly modelInputs: ReadonlyMap<number, readonly ModelInput[]>;
  readonly modelOutputs: ReadonlyMap<number, readonly ModelOutput[]>;
};

/** Reads the inputs and outputs of runs, by run. `runIds` is a JSON array. */
export function* readRunInputs(runIds: string): Work<RunInputs> {
  const datasetRows = yield* all(selectDatasets({ runIds }));
  const tagRows = datasetRows.length === 0 ? [] : yield* all(selectDatasetTags({ runIds }));
  const tags = new Map<string, Tag[]>();
  for (const { run_id, dataset_id, key, value } of tagRows) {
    append(tags, `${run_id}/${dataset_id}`, { key, value });
  }
  const datasets = new Map<number, DatasetInput[]>();
  for (const row of datasetRows) {
    const input = { dataset: datasetFromRow(row), tags: tags.get(`${row.run_id}/${row.dataset_id}`) ?? [] };
    append(datasets, row.run_id, input);
  }
  const modelInputs = new Map<number, ModelInput[]>();
  const modelOutputs = new Map<number, ModelOutput[]>();
  for (const row of yield* all(selectModels({ runIds }))) {
    if (row.is_output === 1) append(modelOutputs, row.run_id, { modelId: row.model_uuid, step: row.step });
    else append(modelInputs, row.run_id, { modelId: row.model_uuid });
  }
  return { datasets, modelInputs, modelOutputs };
}

/** Adds datasets to a run. A dataset that the run already has keeps its tags, as MLflow does. */
export function* insertDatasetInputs(run: RunRow, inputs: readonly DatasetInput[]): Work<void> {
  for (const { dataset, tags } of inputs) {
    const datasetId = yield* internDataset(run.experiment_id, dataset);
    const added = yield* first(insertRunDataset({ runId: run.id, datasetId }));
    if (added === undefined) continue;
    const values = new Map(tags.map(({ key, value }) => [key, value]));
    yield* insertRows(
      INSERT_DATASET_TAGS,
      [...values].map(([key, value]) => [run.id, datasetId, key, value]),
    );
  }
}

export function* insertModelInputs(run: RunRow, models: readonly ModelInput[]): Work<void> {
  yield* insertRows(
    INSERT_MODELS,
    models.map(({ modelId }) => [run.id, 0, modelId, 0]),
  );
}

export function* insertModelOutputs(run: RunRow, models: readonly ModelOutput[]): Work<void> {
  yield* insertRows(
    INSERT_MODELS,
    models.map(({ modelId, step }) => [run.id, 1, modelId, step]),
  );
}

/** Returns the dataset's row id. There is one row per experiment, name and digest, and it is never updated. */
function* internDataset(experimentId: number, dataset: Dataset): Work<number> {
  const { name, digest } = dataset;
  const known = yield* first(selectDatasetId({ experimentId, name, digest }));
  if (known !== undefined) return known.id;
  const created = yield* first(
    insertDataset({
      experimentId,
      name,
      digest,
      sourceType: dataset.sourceType,
      source: dataset.source,
      schema: dataset.schema ?? null,
      profile: dataset.profile ?? null,
    }),
  );
  assert(created !== undefined, "an insert returns its row");
  return created.id;
}

/** Returns the datasets used by runs of the experiments, once per context. */
export function* searchDatasets(
  { visibleTo }: StoreContext,
  experimentIds: readonly string[],
): Work<readonly DatasetSummary[]> {
  // An id that is not a number matches no experiment.
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

/** Checks MLflow's limits for datasets of a run (`mlflow/utils/validation.py`). */
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

type DatasetRow = {
  readonly name: string;
  readonly digest: string;
  readonly source_type: string;
  readonly source: string;
  readonly schema: string | null;
  readonly profile: string | null;
};

function datasetFromRow(row: DatasetRow): Dataset {
  return {
    name: row.name,
    digest: row.digest,
    sourceType: row.source_type,
    source: row.source,
    ...(row.schema !== null && { schema: row.schema }),
    ...(row.profile !== null && { profile: row.profile }),
  };
}

function append<TKey, T>(groups: Map<TKey, T[]>, key: TKey, member: T): void {
  const group = groups.get(key);
  if (group === undefined) groups.set(key, [member]);
  else group.push(member);
}

const INSERT_DATASET_TAGS = bulkInsert("run_dataset_tags", ["run_id", "dataset_id", "key", "value"]);
const INSERT_MODELS = bulkInsert("run_models", ["run_id", "is_output", "model_uuid", "step"], {
  target: [],
  update: [],
});

type RunIds = { readonly runIds: string };

const selectDatasets = statement<RunIds>()((db, arg, dialect) =>
  db
    .selectFrom("run_datasets")
    .innerJoin("datasets", "datasets.id", "run_datasets.dataset_id")
    .select(["run_id", "dataset_id", "name", "digest", "source_type", "source", "schema", "profile"])
    .where("run_id", "in", dialect.listOfIntegers(arg("runIds")))
    .orderBy("dataset_id"),
);

const selectDatasetTags = statement<RunIds>()((db, arg, dialect) =>
  db
    .selectFrom("run_dataset_tags")
    .selectAll()
    .where("run_id", "in", dialect.listOfIntegers(arg("runIds")))
    .orderBy("key"),
);

const selectModels = statement<RunIds>()((db, arg, dialect) =>
  db
    .selectFrom("run_models")
    .selectAll()
    .where("run_id", "in", dialect.listOfIntegers(arg("runIds")))
    .orderBy("run_id")
    .orderBy("step")
    .orderBy("model_uuid"),
);

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

const selectDatasetId = statement<{ experimentId: number; name: string; digest: string }>()((db, arg) =>
  db
    .selectFrom("datasets")
    .select("id")
    .where("experiment_id", "=", arg("experimentId"))
    .where("name", "=", arg("name"))
    .where("digest", "=", arg("digest")),
);

const insertDataset = statement<{
  experimentId: number;
  name: string;
  digest: string;
  sourceType: string;
  source: string;
  schema: string | null;
  profile: string | null;
}>()((db, arg) =>
  db
    .insertInto("datasets")
    .values({
      experiment_id: arg("experimentId"),
      name: arg("name"),
      digest: arg("digest"),
      source_type: arg("sourceType"),
      source: arg("source"),
      schema: arg("schema"),
      profile: arg("profile"),
    })
    .returning("id"),
);

const insertRunDataset = statement<{ runId: number; datasetId: number }>()((db, arg) =>
  db
    .insertInto("run_datasets")
    .values({ run_id: arg("runId"), dataset_id: arg("datasetId") })
    .onConflict((conflict) => conflict.doNothing())
    .returning("dataset_id"),
);
