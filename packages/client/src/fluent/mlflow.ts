import type { TransferOptions } from "@flightdeck/artifacts";
import { AppError, invalid } from "@flightdeck/core";
import type { Model } from "@flightdeck/models";
import { type Experiment, type ModelVersion, type Run, SYSTEM_TAGS, type Tag } from "@flightdeck/protocol";
import { AsyncLocalStorage } from "node:async_hooks";
import { downloadArtifacts, loadModel } from "../artifacts/download-artifacts.ts";
import { registerModel } from "../artifacts/register-model.ts";
import { type Environment, experimentOf, takeRunId } from "../environment.ts";
import type { MlflowClient } from "../rest/mlflow-client.ts";
import { ActiveRun, type TextValue } from "./active-run.ts";
import { ensureExperiment } from "./ensure-experiment.ts";
import { openClient } from "./open-client.ts";
import { closeRun, openRun } from "./open-runs.ts";
import { currentUser, sourceTags } from "./source-tags.ts";

/** The run to open: a new one, a nested one, or an existing one by `runId`. */
export type StartRunOptions = {
  /** By default, the server generates one. */
  readonly runName?: string | undefined;
  /** Required to open a run while another is active, which becomes its parent. */
  readonly nested?: boolean | undefined;
  /** Resumes this run instead of creating one. */
  readonly runId?: string | undefined;
  /** A parent other than the active run. */
  readonly parentRunId?: string | undefined;
  readonly tags?: Readonly<Record<string, TextValue>> | undefined;
  /**
   * Default: the parent's experiment, else the one set by `setExperiment` or the environment, else the default
   * experiment "0".
   */
  readonly experimentId?: string | undefined;
  /** Shown on the run's page. */
  readonly description?: string | undefined;
};

/** Options of a separate instance of the fluent API. */
export type MlflowOptions = {
  /** Default `process.env`. */
  readonly env?: Environment | undefined;
};

/** Every workspace has this experiment. */
const DEFAULT_EXPERIMENT_ID = "0";

/**
 * The fluent API: a tracking server, an experiment, and the active run. The active run belongs to the asynchronous call
 * chain, so parallel runs do not see each other.
 */
export class Mlflow {
  readonly #env: Environment;
  readonly #active = new AsyncLocalStorage<ActiveRun>();
  #trackingUri: string | undefined;
  #currentClient: MlflowClient | undefined;
  #experiment: Experiment | undefined;

  constructor({ env = process.env }: MlflowOptions = {}) {
    this.#env = env;
  }

  /** Sets the tracking server, `http(s)://…`, overriding MLFLOW_TRACKING_URI. Resets the experiment. */
  setTrackingUri(uri: string): void {
    this.#trackingUri = uri;
    this.#currentClient = undefined;
    this.#experiment = undefined;
  }

  /** The client for the current tracking server, configured by MLflow's environment variables. */
  get client(): MlflowClient {
    this.#currentClient ??= openClient(this.#env, this.#trackingUri);
    return this.#currentClient;
  }

  /** The run of the innermost enclosing `startRun` callback, if any. */
  activeRun(): ActiveRun | undefined {
    return this.#active.getStore();
  }

  /** Sets the experiment for new runs; creates it if it does not exist. */
  async setExperiment(name: string): Promise<Experiment> {
    this.#experiment = await ensureExperiment(this.client, name);
    return this.#experiment;
  }

  /**
   * Opens a run, calls `work` with it, and ends it: FINISHED when the callback's promise resolves, FAILED when it
   * rejects (with the error rethrown), KILLED when the process receives SIGINT or SIGTERM meanwhile. Also rejects when
   * buffered metrics, params or tags could not be sent. If MLFLOW_RUN_ID is set, the first top-level run resumes that
   * run.
   *
   * @example
   * ```ts
   * await mlflow.setExperiment("airline");
   * await mlflow.startRun({ runName: "search" }, async () => {
   *   await mlflow.startRun({ nested: true }, async (child) => {
   *     child.logParams({ maxDepth: 8 });
   *     child.logMetric("accuracy", 0.9, { step: 1 });
   *   });
   * });
   * ```
   */
  async startRun<T>(options: StartRunOptions, work: (run: ActiveRun) => Promise<T>): Promise<T> {
    const parent = this.activeRun();
    if (parent !== undefined && options.nested !== true) throw alreadyActive(parent);
    const runId = options.runId ?? (parent === undefined ? takeRunId(this.#env) : undefined);
    const run = await openRun(async () => {
      const opened = runId === undefined ? this.#createRun(options, parent) : this.#resumeRun(runId, options);
      return new ActiveRun(this.client, (await opened).info);
    });
    return await this.#active.run(run, () => runToEnd(run, work));
  }

  /** Loads the model at a URI: `runs:/`, `models:/`, `mlflow-artifacts:/`, a file URI or a folder. */
  async loadModel(uri: string, options?: TransferOptions): Promise<Model> {
    return await loadModel(this.client, uri, options);
  }

  /** Downloads the artifacts at a URI into `destination` or a new temporary folder, and returns the local path. */
  async downloadArtifacts(uri: string, destination?: string, options?: TransferOptions): Promise<string> {
    return await downloadArtifacts(this.client, uri, destination, options);
  }

  /**
   * Registers the model at a URI as the next version of the registered model, which is created if it does not exist.
   */
  async registerModel(uri: string, name: string): Promise<ModelVersion> {
    return await registerModel(this.client, uri, name);
  }

  async #createRun(options: StartRunOptions, parent: ActiveRun | undefined): Promise<Run> {
    const parentRunId = options.parentRunId ?? parent?.runId;
    return await this.client.createRun({
      experimentId: options.experimentId ?? parent?.info.experimentId ?? (await this.#experimentId()),
      userId: currentUser(),
      runName: options.runName,
      tags: mergeTags(await sourceTags(), optionTags(options, parentRunId)),
    });
  }

  async #resumeRun(runId: string, options: StartRunOptions): Promise<Run> {
    const run = await this.client.getRun(runId);
    if (run.info.lifecycleStage === "deleted") {
      throw invalid(`Cannot start run with ID ${runId} because it is deleted`);
    }
    await this.client.updateRun({ runId, status: "RUNNING", runName: options.runName });
    await this.client.logBatch({ runId, tags: optionTags(options, options.parentRunId) });
    return run;
  }

  async #experimentId(): Promise<string> {
    if (this.#experiment !== undefined) return this.#experiment.experimentId;
    const { experimentId, name } = experimentOf(this.#env);
    if (experimentId !== undefined) return experimentId;
    return name === undefined ? DEFAULT_EXPERIMENT_ID : (await this.setExperiment(name)).experimentId;
  }
}

/**
 * The process-wide fluent API, like the `mlflow` module in Python.
 *
 * @example
 * ```ts
 * mlflow.setTrackingUri("http://127.0.0.1:5000");
 * await mlflow.startRun({ runName: "first" }, async (run) => run.logMetric("accuracy", 0.9));
 * const { items } = await mlflow.client.searchRuns({ experimentIds: ["0"], filter: "metrics.accuracy > 0.8" });
 * ```
 */
export const mlflow: Mlflow = new Mlflow();

async function runToEnd<T>(run: ActiveRun, work: (run: ActiveRun) => Promise<T>): Promise<T> {
  try {
    const result = await workOrFail(run, work);
    await run.end("FINISHED");
    return result;
  } finally {
    closeRun(run);
  }
}

async function workOrFail<T>(run: ActiveRun, work: (run: ActiveRun) => Promise<T>): Promise<T> {
  try {
    return await work(run);
  } catch (error) {
    await run.end("FAILED").catch(warnUnended);
    throw error;
  }
}

/** The callback's own error is thrown; a later one only causes a warning. */
function warnUnended(error: unknown): void {
  process.emitWarning(`could not end a failed run: ${String(error)}`);
}

function optionTags(options: StartRunOptions, parentRunId: string | undefined): readonly Tag[] {
  const { runName, description, tags = {} } = options;
  return [
    ...Object.entries(tags).map(([key, value]) => ({ key, value: String(value) })),
    ...(parentRunId === undefined ? [] : [{ key: SYSTEM_TAGS.parentRunId, value: parentRunId }]),
    ...(runName === undefined ? [] : [{ key: SYSTEM_TAGS.runName, value: runName }]),
    ...(description === undefined ? [] : [{ key: SYSTEM_TAGS.runNote, value: description }]),
  ];
}

/** Of tags with the same key, the last one wins. */
function mergeTags(...lists: readonly (readonly Tag[])[]): readonly Tag[] {
  return [...new Map(lists.flat().map((tag) => [tag.key, tag])).values()];
}

function alreadyActive(run: ActiveRun): AppError {
  return new AppError(
    "INVALID_STATE",
    `Run with UUID ${run.runId} is already active. To start a nested run, call startRun with { nested: true }`,
  );
}
