import { sql } from "kysely";
import type { StoreContext } from "../access/store-context.ts";
import { statement } from "../database/statement.ts";
import { type Database, first, type Query, execute, type Work } from "../database/work.ts";
import { parseExperimentId } from "../tracking/experiment-rows.ts";
import { importExperiment } from "./experiments.ts";
import type {
  ArtifactMove,
  ImportedExperiment,
  ImportedHistory,
  ImportedKind,
  ImportedModel,
  ImportedRegisteredModel,
  ImportedRun,
  ImportedRunCounts,
  ImportedVersions,
  ImportProgress,
  ImportSink,
} from "./import-sink.ts";
import { findProgress, saveProgress } from "./progress.ts";
import { importRegisteredModel } from "./registered-models.ts";
import { importMetrics, importModels, importRuns } from "./runs-and-models.ts";

/** Bulk writes into a SQL database. Each method is one transaction. */
export class SqlImportSink implements ImportSink {
  readonly #database: Database;
  readonly #context: StoreContext;

  constructor(database: Database, context: StoreContext) {
    this.#database = database;
    this.#context = context;
  }

  async importExperiment(source: string, experiment: ImportedExperiment): Promise<string> {
    return this.#database.write(() => importExperiment(this.#context, source, experiment));
  }

  async findProgress(
    kind: ImportedKind,
    ids: readonly string[],
  ): Promise<ReadonlyMap<string, ImportProgress>> {
    return this.#database.read(() => findProgress(kind, ids));
  }

  async saveProgress(kind: ImportedKind, progress: readonly ImportProgress[]): Promise<void> {
    return this.#database.write(() => saveProgress(kind, progress));
  }

  async importRuns(experimentId: string, runs: readonly ImportedRun[]): Promise<void> {
    const now = this.#context.clock.nowMs();
    return this.#database.write(() => importRuns(now, parseExperimentId(experimentId), runs));
  }

  async importMetrics(histories: readonly ImportedHistory[]): Promise<void> {
    return this.#database.write(() => importMetrics(histories));
  }

  async importModels(experimentId: string, models: readonly ImportedModel[]): Promise<void> {
    return this.#database.write(() => importModels(parseExperimentId(experimentId), models));
  }

  async moveArtifacts(kind: ImportedKind, moves: readonly ArtifactMove[]): Promise<void> {
    return this.#database.write(() => moveArtifacts(kind, moves));
  }

  async findArtifactUri(kind: ImportedKind, id: string): Promise<string | undefined> {
    return this.#database.read(() => findArtifactUri(kind, id));
  }

  async importRegisteredModel(source: string, model: ImportedRegisteredModel): Promise<ImportedVersions> {
    return this.#database.write(() => importRegisteredModel(source, model));
  }

  async countRuns(runIds: readonly string[]): Promise<ImportedRunCounts> {
    return this.#database.read(() => countRuns(runIds));
  }

  async countModels(modelIds: readonly string[]): Promise<number> {
    return this.#database.read(() => countModels(modelIds));
  }
}

function* moveArtifacts(kind: ImportedKind, moves: readonly ArtifactMove[]): Work<void> {
  for (const { id, artifactUri: uri } of moves) {
    yield* execute(kind === "run" ? updateRun({ id, uri }) : updateModel({ id, uri }));
  }
}

function* findArtifactUri(kind: ImportedKind, id: string): Work<string | undefined> {
  return (yield* first(kind === "run" ? selectRun({ id }) : selectModel({ id })))?.artifact_uri;
}

/** Counts the stored rows of some runs. */
function* countRuns(runIds: readonly string[]): Work<ImportedRunCounts> {
  const list = JSON.stringify(runIds);
  return {
    runs: yield* numberOf(countRunRows({ list })),
    params: yield* numberOf(countParams({ list })),
    tags: yield* numberOf(countTags({ list })),
    points: yield* numberOf(countPoints({ list })),
    datasetInputs: yield* numberOf(countDatasetInputs({ list })),
  };
}

function* countModels(modelIds: readonly string[]): Work<number> {
  return yield* numberOf(countModelRows({ list: JSON.stringify(modelIds) }));
}

type Counted = { readonly count: number };

type List = { readonly list: string };

function* numberOf(query: Query<Counted>): Work<number> {
  return (yield* first(query))?.count ?? 0;
}

const COUNT = sql<number>`count(*)`.as("count");

const countParams = countOf("params");

const countTags = countOf("tags");

const countPoints = countOf("metrics");

const countDatasetInputs = countOf("run_datasets");

function countOf(table: "params" | "tags" | "metrics" | "run_datasets"): (args: List) => Query<Counted> {
  return statement<List>()((db, arg, dialect) =>
    db
      .selectFrom(table)
      .select(COUNT)
      .where(
        "run_id",
        "in",
        db
          .selectFrom("runs")
          .select("id")
          .where("run_uuid", "in", dialect.listOfTexts(arg("list"))),
      ),
  );
}

const updateRun = statement<{ id: string; uri: string }>()((db, arg) =>
  db
    .updateTable("runs")
    .set({ artifact_uri: arg("uri") })
    .where("run_uuid", "=", arg("id")),
);

const updateModel = statement<{ id: string; uri: string }>()((db, arg) =>
  db
    .updateTable("logged_models")
    .set({ artifact_uri: arg("uri") })
    .where("model_uuid", "=", arg("id")),
);

const selectRun = statement<{ id: string }>()((db, arg) =>
  db.selectFrom("runs").select("artifact_uri").where("run_uuid", "=", arg("id")),
);

const selectModel = statement<{ id: string }>()((db, arg) =>
  db.selectFrom("logged_models").select("artifact_uri").where("model_uuid", "=", arg("id")),
);

const countRunRows = statement<List>()((db, arg, dialect) =>
  db
    .selectFrom("runs")
    .select(COUNT)
    .where("run_uuid", "in", dialect.listOfTexts(arg("list"))),
);

const countModelRows = statement<List>()((db, arg, dialect) =>
  db
    .selectFrom("logged_models")
    .select(COUNT)
    .where("model_uuid", "in", dialect.listOfTexts(arg("list"))),
);
