import type { TransferOptions } from "@flightdeck/artifacts";
import { AppError } from "@flightdeck/core";
import type { Scorer } from "@flightdeck/models";
import { type Experiment, type ModelVersion, type Run, SYSTEM_TAGS, type Tag } from "@flightdeck/protocol";
import { AsyncLocalStorage } from "node:async_hooks";
import { downloadArtifacts } from "../artifacts/download-artifacts.ts";
import { loadModel } from "../artifacts/load-model.ts";
import { registerModel } from "../artifacts/register-model.ts";
import type { MlflowClient } from "../rest/mlflow-client.ts";
import { ActiveRun, type TextValue } from "./active-run.ts";
import { ensureExperiment } from "./ensure-experiment.ts";
import { openClient } from "./open-client.ts";
import { closeRun, openRun } from "./open-runs.ts";
import { currentUser, sourceTags } from "./source-tags.ts";
import { type Environment, experimentOf, takeRunId } from "./tracking-environment.ts";

export type StartRunOptions = {
  /** Absent: the server makes one up. */
  readonly runName?: string | undefined;
  /** Needed to open a run while another is active; that one becomes its parent. */
  readonly nested?: boolean | undefined;
  /** Goes on with an existing run instead of creating one. */
  readonly runId?: string | undefined;
  /** A parent other than the active run. */
  readonly parentRunId?: string | undefined;
  readonly tags?: Readonly<Record<string, TextValue>> | undefined;
  /** Default: the parent's, else what `setExperiment` or the environment named, else the default experiment "0". */
  readonly experimentId?: string | undefined;
  /** Shown on the run's page. */
  readonly description?: string | undefined;
};

export type MlflowOptions = {
  /** Default `process.env`. */
  readonly env?: Environment | undefined;
};

/** Exists in every workspace from its beginning. */
const DEFAULT_EXPERIMENT_ID = "0";

/**
 * The fluent API: one tracking server, one experiment, and the run that is active where it is asked for. The active run
 * follows the asynchronous call chain, so runs in parallel do not see each other.
 */
export class Mlflow {
  private readonly env: Environment;
  private readonly active = new AsyncLocalStorage<ActiveRun>();
  private trackingUri: string | undefined;
  private currentClient: MlflowClient | undefined;
  private experiment: Experiment | undefined;

  constructor({ env = process.env }: MlflowOptions = {}) {
    this.env = env;
  }

  /** Names the tracking server, `http(s)://…`; wins over MLFLOW_TRACKING_URI. Forgets the experiment. */
  setTrackingUri(uri: string): void {
    this.trackingUri = uri;
    this.currentClient = undefined;
    this.experiment = undefined;
  }

  /** The client of the tracking server in use, made of MLflow's environment variables. */
  get client(): MlflowClient {
    this.currentClient ??= openClient(this.env, this.trackingUri);
    return this.currentClient;
  }

  /** The run of the `startRun` callback that this is called from. */
  activeRun(): ActiveRun | undefined {
    return this.active.getStore();
  }

  /** New runs go to the experiment of this name, which is created when there is none. */
  async setExperiment(name: string): Promise<Experiment> {
    this.experiment = await ensureExperiment(this.client, name);
    return this.experiment;
  }

  /**
   * Opens a run, calls `work` with it, and ends it: FINISHED when the callback's promise resolves, FAILED when it rejects
   * (the error is thrown on), KILLED when the process gets SIGINT or SIGTERM meanwhile. Rejects also when buffered metrics,
   * params or tags could not be sent. The first run that is not nested goes on with MLFLOW_RUN_ID where that is set.
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
    const runId = options.runId ?? (parent === undefined ? takeRunId(this.env) : undefined);
    const run = await openRun(async () => {
      const opened = runId === undefined ? this.createRun(options, parent) : this.resumeRun(runId, options);
      return new ActiveRun(this.client, (await opened).info);
    });
    return this.active.run(run, () => runToEnd(run, work));
  }

  /** Loads the model that a URI names: `runs:/`, `models:/`, `mlflow-artifacts:/`, a file URI or a folder. */
  async loadModel(uri: string, options?: TransferOptions): Promise<Scorer> {
    return loadModel(this.client, uri, options);
  }

  /** Downloads what a URI names into `destination`, or into a new temporary folder, and gives its place. */
  async downloadArtifacts(uri: string, destination?: string, options?: TransferOptions): Promise<string> {
    return downloadArtifacts(this.client, uri, destination, options);
  }

  /** Registers what a URI names as the next version of the registered model, which is created when there is none. */
  async registerModel(uri: string, name: string): Promise<ModelVersion> {
    return registerModel(this.client, uri, name);
  }

  private async createRun(options: StartRunOptions, parent: ActiveRun | undefined): Promise<Run> {
    const parentRunId = options.parentRunId ?? parent?.runId;
    return this.client.createRun({
      experimentId: options.experimentId ?? parent?.info.experimentId ?? (await this.experimentId()),
      userId: currentUser(),
      runName: options.runName,
      tags: mergeTags(await sourceTags(), optionTags(options, parentRunId)),
    });
  }

  private async resumeRun(runId: string, options: StartRunOptions): Promise<Run> {
    const run = await this.client.getRun(runId);
    if (run.info.lifecycleStage === "deleted") {
      throw new AppError(
        "INVALID_PARAMETER_VALUE",
        `Cannot start run with ID ${runId} because it is deleted`,
      );
    }
    await this.client.updateRun({ runId, status: "RUNNING", runName: options.runName });
    await this.client.logBatch({ runId, tags: optionTags(options, options.parentRunId) });
    return run;
  }

  private async experimentId(): Promise<string> {
    if (this.experiment !== undefined) return this.experiment.experimentId;
    const { experimentId, name } = experimentOf(this.env);
    if (experimentId !== undefined) return experimentId;
    return name === undefined ? DEFAULT_EXPERIMENT_ID : (await this.setExperiment(name)).experimentId;
  }
}

/**
 * The fluent API of this process, as MLflow's Python package has it.
 *
 * @example
 * ```ts
 * mlflow.setTrackingUri("http://127.0.0.1:5000");
 * await mlflow.startRun({ runName: "first" }, async (run) => run.logMetric("accuracy", 0.9));
 * const scorer = await mlflow.loadModel("models:/airline/1");
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

/** The callback's own error is thrown; what came after it is only worth a warning. */
function warnUnended(error: unknown): void {
  process.emitWarning(`a failed run could not be ended properly: ${String(error)}`);
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

/** Later tags win over earlier ones of the same key. */
function mergeTags(...lists: readonly (readonly Tag[])[]): readonly Tag[] {
  return [...new Map(lists.flat().map((tag) => [tag.key, tag])).values()];
}

function alreadyActive(run: ActiveRun): AppError {
  return new AppError(
    "INVALID_STATE",
    `Run with UUID ${run.runId} is already active. To start a nested run, call startRun with { nested: true }`,
  );
}
