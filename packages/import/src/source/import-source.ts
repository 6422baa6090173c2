import type {
  ImportedExperiment,
  ImportedHistory,
  ImportedModel,
  ImportedRegisteredModel,
  ImportedRun,
} from "@flightdeck/store";
import type { ArtifactOrigins } from "../artifacts/artifact-origins.ts";

/**
 * A workspace that is imported: a database, a folder, a server. It is only read.
 *
 * Everything comes in pieces of bounded size and in an order that is the same each time, deleted things included. A page
 * is asked for when the one before has been dealt with. Each point of a history comes once. What is no data of MLflow's
 * throws `INVALID_PARAMETER_VALUE` that says where it stands.
 */
export interface ImportSource {
  /** What it is known by when the import goes on later: an absolute path or an address, without credentials. */
  readonly identity: string;
  readonly artifacts: ArtifactOrigins;
  experiments(): AsyncIterable<ImportedExperiment>;
  /** Pages of an experiment's runs, without their metrics. */
  runs(experimentId: string): AsyncIterable<readonly ImportedRun[]>;
  /** All points of the runs of a page. */
  histories(runs: readonly ImportedRun[]): AsyncIterable<readonly ImportedHistory[]>;
  models(experimentId: string): AsyncIterable<readonly ImportedModel[]>;
  registeredModels(): AsyncIterable<ImportedRegisteredModel>;
  /** A sentence for each kind of thing that is there and is not imported. */
  leftOut(): Promise<readonly string[]>;
  close(): Promise<void>;
}

/** Runs in a page: enough to share a transaction's sync, few enough for their params and tags to fit in memory. */
export const RUNS_PER_PAGE = 200;
/** Points in a batch: some 2 MB, and a transaction of tens of milliseconds. */
export const POINTS_PER_BATCH = 10_000;
