import { assert } from "@flightdeck/core";
import type { Dataset, DatasetInput, ModelInput, ModelOutput, Tag } from "@flightdeck/protocol";
import { bulkInsert } from "../database/bulk-insert.ts";
import { statement } from "../database/statement.ts";
import { all, first, insertRows, type Work } from "../database/work.ts";
import type { RunRow } from "./run-rows.ts";

export type RunInputs = {
  readonly datasets: ReadonlyMap<number, readonly DatasetInput[]>;
  readonly modelInputs: ReadonlyMap<number, readonly ModelInput[]>;
  readonly modelOutputs: ReadonlyMap<number, readonly ModelOutput[]>;
};

/** What runs read and made, by run. `runIds` is a JSON array. */
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

/** Adds datasets to a run. A dataset that the run already has keeps its tags, as in MLflow. */
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

/** One row per experiment, name and digest; the first to come stays. */
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
