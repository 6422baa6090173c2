import type {
  ImportedExperiment,
  ImportedHistory,
  ImportedModel,
  ImportedRegisteredModel,
  ImportedRun,
} from "@flightdeck/store";
import { AppError } from "@flightdeck/core";
import type { Metric } from "@flightdeck/protocol";
import type { ArtifactOrigins } from "./artifact-origins.ts";

/**
 * A workspace to import from: a database, a folder or a server. Never changed.
 *
 * All methods yield pages of bounded size in a stable order, including deleted items. A page is read only after the previous
 * one has been processed. Each point of a history is yielded once. Data that is not in MLflow's format throws
 * `INVALID_PARAMETER_VALUE` with its location.
 */
export interface ImportSource {
  /** Identifies the source when an import is continued: an absolute path or a URL without credentials. */
  readonly identity: string;
  readonly artifacts: ArtifactOrigins;
  experiments(): AsyncIterable<ImportedExperiment>;
  /** An experiment's runs in pages, without metrics. */
  runs(experimentId: string): AsyncIterable<readonly ImportedRun[]>;
  /** All metric points of a page of runs. */
  histories(runs: readonly ImportedRun[]): AsyncIterable<readonly ImportedHistory[]>;
  models(experimentId: string): AsyncIterable<readonly ImportedModel[]>;
  registeredModels(): AsyncIterable<ImportedRegisteredModel>;
  /** A sentence for each kind of thing in the source that is not imported. */
  skipped(): Promise<readonly string[]>;
  close(): Promise<void>;
}

/** Enough runs to share a transaction's sync, few enough for their params and tags to fit in memory. */
export const RUNS_PER_PAGE = 200;
/** About 2 MB per batch, and a transaction of tens of milliseconds. */
export const POINTS_PER_BATCH = 10_000;

/** The most points of one metric of one run. A JavaScript set can hold about 16 million. */
const POINTS_MAX = 10_000_000;

/** Removes duplicate points of one metric, because a store keeps each point only once. */
export async function* distinctPoints(
  points: AsyncIterable<Metric> | Iterable<Metric>,
  where: string,
): AsyncGenerator<Metric, void, undefined> {
  const seen = new Set<string>();
  for await (const point of points) {
    // Databases do not distinguish zero from minus zero.
    const identity = `${point.timestampMs} ${point.step} ${point.value === 0 ? 0 : point.value}`;
    if (seen.size === seen.add(identity).size) continue;
    if (seen.size > POINTS_MAX) {
      throw new AppError("RESOURCE_EXHAUSTED", `${where} has more than ${POINTS_MAX} points`);
    }
    yield point;
  }
}
