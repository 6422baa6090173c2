import type { Database } from "../database/database.ts";
import type { StoreContext } from "../tracking/context.ts";
import { parseExperimentId } from "../tracking/experiments.ts";
import { findArtifactUri, moveArtifacts } from "./artifact-uris.ts";
import { countModels, countRuns } from "./counts.ts";
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
import { importModels } from "./logged-models.ts";
import { findProgress, saveProgress } from "./progress.ts";
import { importRegisteredModel } from "./registered-models.ts";
import { importMetrics, importRuns } from "./runs.ts";

/** Bulk writes over any SQL database: one piece of work in one transaction per method. */
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
