import { forEachBounded } from "@flightdeck/artifacts";
import { MlflowClient } from "@flightdeck/client/browser"; // The same class, without loading models and forests.
import { AppError, isAppError, messageOf } from "@flightdeck/core";
import { endpoints, LIMITS, loggedModelFromWire, type Metric, metricFromWire } from "@flightdeck/protocol";
import type {
  ImportedExperiment,
  ImportedHistory,
  ImportedModel,
  ImportedRegisteredModel,
  ImportedRun,
  ImportedVersion,
} from "@flightdeck/store";
import { ArtifactOrigins } from "../source/artifact-origins.ts";
import { distinctPoints, type ImportSource, RUNS_PER_PAGE } from "../source/import-source.ts";

export type ServerSourceOptions = {
  /** An http(s) URL, with or without credentials. */
  readonly trackingUri: string;
  readonly token?: string | undefined;
  readonly username?: string | undefined;
  readonly password?: string | undefined;
  /** The real path of a local folder that `file:` artifacts may be read from. */
  readonly artifacts?: string | undefined;
  readonly signal?: AbortSignal | undefined;
};

/** MLflow's limit for logged models per page. */
const MODELS_PER_PAGE = 50;
/** Concurrent requests: few enough for a server with four workers, MLflow's default, to stay usable for others. */
const REQUESTS_MAX = 4;
/** The page size of all other lists. Always sent, because some MLflow endpoints read a missing value as 0 and reject it. */
const ITEMS_PER_PAGE = 100;

/** Any server that speaks MLflow's REST API. */
export class ServerSource implements ImportSource {
  readonly identity: string;
  readonly artifacts: ArtifactOrigins;
  readonly #client: MlflowClient;

  private constructor(client: MlflowClient, { artifacts }: ServerSourceOptions) {
    this.identity = client.baseUrl;
    this.artifacts = new ArtifactOrigins({
      folders: artifacts === undefined ? [] : [artifacts],
      server: { trackingUri: client.baseUrl, headers: client.headers },
    });
    this.#client = client;
  }

  /** Throws `TEMPORARILY_UNAVAILABLE` for a server that cannot be reached, without retrying. */
  static async open(options: ServerSourceOptions): Promise<ServerSource> {
    const probe = new MlflowClient({ ...options, retry: { attemptsMax: 1 } });
    try {
      await probe.searchExperiments({ viewType: "ALL", maxResults: 1 });
    } catch (error) {
      if (isAppError(error, "CANCELLED")) throw error;
      const code = isAppError(error) ? error.code : "INTERNAL_ERROR";
      const message = `${probe.baseUrl} does not respond like an MLflow tracking server: ${messageOf(error)}`;
      throw new AppError(code, message, { cause: error });
    }
    return new ServerSource(new MlflowClient(options), options);
  }

  experiments(): AsyncIterable<ImportedExperiment> {
    return this.#client.searchExperimentsAll({
      viewType: "ALL",
      orderBy: ["creation_time ASC"],
      maxResults: ITEMS_PER_PAGE,
    });
  }

  /** Oldest first, so that runs started meanwhile come after those already read. */
  async *runs(experimentId: string): AsyncGenerator<readonly ImportedRun[], void, undefined> {
    let pageToken: string | undefined;
    do {
      const page = await this.#client.searchRuns({
        experimentIds: [experimentId],
        runViewType: "ALL",
        orderBy: ["attributes.start_time ASC"],
        maxResults: RUNS_PER_PAGE,
        pageToken,
      });
      yield await this.#completed(page.items);
      pageToken = page.nextPageToken;
    } while (pageToken !== undefined);
  }

  async *histories(
    runs: readonly ImportedRun[],
  ): AsyncGenerator<readonly ImportedHistory[], void, undefined> {
    for (const { info, data } of runs) {
      for (const { key } of data.metrics) {
        yield* this.#history(info.runId, key);
      }
    }
  }

  async *models(experimentId: string): AsyncGenerator<readonly ImportedModel[], void, undefined> {
    let pageToken: string | undefined;
    do {
      const request = {
        experiment_ids: [experimentId],
        datasets: [],
        order_by: [],
        max_results: MODELS_PER_PAGE,
        page_token: pageToken,
      };
      const response = await undefinedBeforeMlflow3(this.#client.call(endpoints.searchLoggedModels, request));
      if (response === undefined) return;
      yield response.models.map(importedModel);
      pageToken = response.next_page_token || undefined;
    } while (pageToken !== undefined);
  }

  async *registeredModels(): AsyncGenerator<ImportedRegisteredModel, void, undefined> {
    for await (const { latestVersions: _, ...model } of this.#client.searchRegisteredModelsAll({
      maxResults: ITEMS_PER_PAGE,
    })) {
      const versions = await this.#versions(model.name);
      yield {
        ...model,
        lastVersion: Math.max(0, ...versions.map(({ version }) => Number(version))),
        aliases: aliasesOf(model, versions),
        versions,
      };
    }
  }

  skipped(): Promise<readonly string[]> {
    return Promise.resolve(["deleted logged models and traces are not imported from a server"]);
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  /** MLflow's search omits the logged models that are a run's inputs; getting the run itself returns them. */
  async #completed(runs: readonly ImportedRun[]): Promise<readonly ImportedRun[]> {
    const completed = new Map<string, ImportedRun>();
    await forEachBounded(runs, { concurrency: REQUESTS_MAX }, async ({ info }) => {
      completed.set(info.runId, await this.#client.getRun(info.runId));
    });
    return runs.map((run) => completed.get(run.info.runId) ?? run);
  }

  async *#history(
    runId: string,
    metricKey: string,
  ): AsyncGenerator<readonly ImportedHistory[], void, undefined> {
    const maxResults = LIMITS.metricHistoryResultsMax;
    const points = this.#client.getMetricHistoryAll({ runId, metricKey, maxResults });
    let metrics: Metric[] = [];
    for await (const point of distinctPoints(points, `metric ${metricKey} of run ${runId}`)) {
      metrics.push(point);
      if (metrics.length < maxResults) continue;
      yield [{ runId, metrics }];
      metrics = [];
    }
    if (metrics.length > 0) yield [{ runId, metrics }];
  }

  async #versions(name: string): Promise<readonly ImportedVersion[]> {
    const filter = `name='${name.replaceAll("'", "''")}'`;
    const found = await Array.fromAsync(
      this.#client.searchModelVersionsAll({ filter, maxResults: ITEMS_PER_PAGE }),
    );
    const versions: ImportedVersion[] = [];
    await forEachBounded(found, { concurrency: REQUESTS_MAX }, async (version) => {
      const key = { name, version: version.version };
      const storageLocation = await this.#client.getModelVersionDownloadUri(key);
      versions.push({ ...version, storageLocation });
    });
    return versions.toSorted((a, b) => Number(a.version) - Number(b.version));
  }
}

/** Servers before MLflow 3 do not have this endpoint. */
async function undefinedBeforeMlflow3<T>(call: Promise<T>): Promise<T | undefined> {
  return call.catch((error: unknown) => {
    if (isAppError(error, "ENDPOINT_NOT_FOUND") || isAppError(error, "NOT_FOUND")) return undefined;
    throw error;
  });
}

function importedModel(wire: Parameters<typeof loggedModelFromWire>[0]): ImportedModel {
  const model = loggedModelFromWire(wire);
  const metrics = wire.data.metrics.map((metric) => ({
    ...metricFromWire(metric),
    runId: metric.run_id ?? model.sourceRunId,
  }));
  return { ...model, isDeleted: false, metrics };
}

/** Some servers return aliases with the model, others only with its versions. */
function aliasesOf(
  model: Pick<ImportedRegisteredModel, "aliases">,
  versions: readonly ImportedVersion[],
): ImportedRegisteredModel["aliases"] {
  if (model.aliases.length > 0) return model.aliases;
  return versions.flatMap(({ version, aliases }) => aliases.map((alias) => ({ alias, version })));
}
