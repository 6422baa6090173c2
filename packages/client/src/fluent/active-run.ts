import { type TransferOptions, uploadFolder } from "@flightdeck/artifacts";
import { AppError, unlessAborted } from "@flightdeck/core";
import type { Metric, RunInfo, RunStatus } from "@flightdeck/protocol";
import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { basename, extname } from "node:path";
import { stringify } from "yaml";
import { openRepository } from "../artifacts/locate-artifact.ts";
import type { MlflowClient } from "../rest/mlflow-client.ts";
import { EntityBuffer } from "./entity-buffer.ts";
import { logModel, type LoggedModelInfo, type LogModelOptions } from "./log-model.ts";
import type { OpenRun } from "./open-runs.ts";

/** The value of a param or tag; it is stored as text. */
export type TextValue = string | number | bigint | boolean | null;

/** The step, time and model of a metric. */
export type LogMetricOptions = {
  /** Default 0. */
  readonly step?: number | undefined;
  /** Default now. */
  readonly timestampMs?: number | undefined;
  /** The logged model that the metric describes. */
  readonly modelId?: string | undefined;
};

/**
 * A run in progress, as `startRun` passes it to its callback. Params, metrics and tags are buffered and sent in
 * batches; if sending fails, the next call throws and the promise of `startRun` rejects. Artifacts are uploaded
 * immediately.
 */
export class ActiveRun implements OpenRun {
  /** The run's info at the time it was opened. */
  readonly info: RunInfo;
  readonly runId: string;
  /** Fires when the process receives SIGINT or SIGTERM, so that work in progress can stop. */
  readonly signal: AbortSignal;
  readonly #client: MlflowClient;
  readonly #buffer: EntityBuffer;
  readonly #controller = new AbortController();
  #endedAs: RunStatus | undefined;
  #ending: Promise<void> | undefined;

  constructor(client: MlflowClient, info: RunInfo) {
    this.#client = client;
    this.info = info;
    this.runId = info.runId;
    this.signal = this.#controller.signal;
    this.#buffer = new EntityBuffer({ send: (batch) => client.logBatch({ runId: info.runId, ...batch }) });
  }

  logParam(key: string, value: TextValue): void {
    this.logParams({ [key]: value });
  }

  /** Logging a different value for a param that was already logged is an error. */
  logParams(params: Readonly<Record<string, TextValue>>): void {
    this.#checkOpen();
    this.#buffer.add({ params: entriesAsText(params) });
  }

  logMetric(key: string, value: number, options?: LogMetricOptions): void {
    this.logMetrics({ [key]: value }, options);
  }

  /** Logs one point of each metric, all with the same step and time. NaN and infinities are allowed. */
  logMetrics(values: Readonly<Record<string, number>>, options: LogMetricOptions = {}): void {
    this.#checkOpen();
    const { step = 0, timestampMs = Date.now(), modelId } = options;
    const common = { step, timestampMs, modelId };
    const metrics = Object.entries(values).map(([key, value]): Metric => ({ key, value, ...common }));
    this.#buffer.add({ metrics });
  }

  setTag(key: string, value: TextValue): void {
    this.setTags({ [key]: value });
  }

  setTags(tags: Readonly<Record<string, TextValue>>): void {
    this.#checkOpen();
    this.#buffer.add({ tags: entriesAsText(tags) });
  }

  /** Resolves when everything logged so far has reached the server. */
  async flush(): Promise<void> {
    await this.#buffer.flush();
  }

  /** Writes a text as the artifact `path`, for example `notes/a.txt`. */
  async logText(text: string, path: string): Promise<void> {
    this.#checkOpen();
    const repository = openRepository(this.#client, this.info.artifactUri);
    await repository.write(path, new TextEncoder().encode(text), this.signal);
  }

  /** Writes data as the artifact `path`: as YAML if the path ends in `.yml` or `.yaml`, otherwise as JSON. */
  async logDict(data: unknown, path: string): Promise<void> {
    const isYaml = [".yml", ".yaml"].includes(extname(path));
    await this.logText(isYaml ? stringify(data) : JSON.stringify(data, undefined, 2), path);
  }

  /** Uploads a file or folder, under its own name, to the artifact folder `artifactPath` (default: the root). */
  async logArtifact(localPath: string, artifactPath?: string, options: TransferOptions = {}): Promise<void> {
    this.#checkOpen();
    const target = joined(artifactPath, basename(localPath));
    if (await isFolder(localPath)) return await this.logArtifacts(localPath, target, options);
    const repository = openRepository(this.#client, this.info.artifactUri);
    await repository.write(target, createReadStream(localPath), options.signal ?? this.signal);
  }

  /** Uploads a folder's contents to the artifact folder `artifactPath` (default: the root). */
  async logArtifacts(
    localFolder: string,
    artifactPath?: string,
    options: TransferOptions = {},
  ): Promise<void> {
    this.#checkOpen();
    const repository = openRepository(this.#client, this.info.artifactUri);
    const input = { repository, folder: localFolder, path: artifactPath ?? "" };
    await uploadFolder(input, { signal: this.signal, ...options });
  }

  /**
   * Logs a model as MLflow 3 does: creates a logged model linked to this run and its latest metrics, and registers it
   * if `registeredModelName` is given. Metrics logged later are not linked to the model.
   */
  async logModel(model: unknown, options: LogModelOptions = {}): Promise<LoggedModelInfo> {
    this.#checkOpen();
    await this.flush();
    return await logModel({ client: this.#client, run: this.info, signal: this.signal }, model, options);
  }

  /** Sends the buffered entries, then sets the status. If sending fails, marks the run FAILED and throws. */
  async end(status: RunStatus): Promise<void> {
    if (this.#endedAs !== undefined) return await this.#ending;
    this.#endedAs = status;
    this.#ending = this.#finish(status);
    return await this.#ending;
  }

  /**
   * Sends the buffered entries and marks the run KILLED, unless the signal fires first. Waits for an `end` in progress.
   */
  async kill(signal: AbortSignal): Promise<void> {
    if (this.#endedAs !== undefined) return await unlessAborted(this.#ending ?? Promise.resolve(), signal);
    this.#endedAs = "KILLED";
    this.#controller.abort(new AppError("CANCELLED", "the process is ending"));
    await unlessAborted(this.#buffer.flush(), signal).catch(warnUnsent);
    await this.#updateStatus("KILLED", signal);
  }

  async #finish(status: RunStatus): Promise<void> {
    try {
      await this.#buffer.flush();
    } catch (error) {
      await this.#updateStatus("FAILED").catch(warnUnmarked);
      throw error;
    }
    await this.#updateStatus(status);
  }

  async #updateStatus(status: RunStatus, signal?: AbortSignal): Promise<void> {
    await this.#client.updateRun({ runId: this.runId, status, endTimeMs: Date.now() }, { signal });
  }

  #checkOpen(): void {
    if (this.#endedAs === undefined) return;
    throw new AppError(
      "INVALID_STATE",
      `run ${this.runId} has ended (${this.#endedAs}) and accepts no more entries`,
    );
  }
}

function entriesAsText(values: Readonly<Record<string, TextValue>>): { key: string; value: string }[] {
  return Object.entries(values).map(([key, value]) => ({ key, value: String(value) }));
}

function joined(folder: string | undefined, name: string): string {
  return folder === undefined || folder === "" ? name : `${folder}/${name}`;
}

async function isFolder(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch (cause) {
    throw new AppError("RESOURCE_DOES_NOT_EXIST", `cannot log ${path}: it does not exist`, { cause });
  }
}

/** The error of the failed send is thrown; failing to mark the run as well only causes a warning. */
function warnUnmarked(error: unknown): void {
  process.emitWarning(`could not mark a run FAILED: ${String(error)}`);
}

function warnUnsent(error: unknown): void {
  process.emitWarning(`could not send the last metrics, params or tags of a run: ${String(error)}`);
}
