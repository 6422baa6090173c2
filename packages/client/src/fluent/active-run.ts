import { type TransferOptions, uploadFolder } from "@flightdeck/artifacts";
import { AppError, cancelled } from "@flightdeck/core";
import type { Metric, RunInfo, RunStatus } from "@flightdeck/protocol";
import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { basename, extname } from "node:path";
import { stringify } from "yaml";
import { openRepository } from "../artifacts/open-repository.ts";
import type { MlflowClient } from "../rest/mlflow-client.ts";
import { EntityBuffer } from "./entity-buffer.ts";
import { logModel, type LoggedModelInfo, type LogModelOptions } from "./log-model.ts";
import type { OpenRun } from "./open-runs.ts";

/** What a param or tag may be; it is kept as text. */
export type TextValue = string | number | bigint | boolean | null;

export type LogMetricOptions = {
  /** Default 0. */
  readonly step?: number | undefined;
  /** Default now. */
  readonly timestampMs?: number | undefined;
  /** The logged model that was measured. */
  readonly modelId?: string | undefined;
};

/**
 * A run that is under way: what `startRun` hands to its callback. Params, metrics and tags are buffered and sent in
 * batches; a failure to send them is thrown by the next call and rejects the promise of `startRun`. Artifacts go to the
 * server at once.
 */
export class ActiveRun implements OpenRun {
  /** As it was when the run was opened. */
  readonly info: RunInfo;
  readonly runId: string;
  /** Fires when the process is asked to end, so that work in progress can stop. */
  readonly signal: AbortSignal;
  private readonly client: MlflowClient;
  private readonly buffer: EntityBuffer;
  private readonly controller = new AbortController();
  private endedAs: RunStatus | undefined;
  private ending: Promise<void> | undefined;

  constructor(client: MlflowClient, info: RunInfo) {
    this.client = client;
    this.info = info;
    this.runId = info.runId;
    this.signal = this.controller.signal;
    this.buffer = new EntityBuffer({ send: (batch) => client.logBatch({ runId: info.runId, ...batch }) });
  }

  logParam(key: string, value: TextValue): void {
    this.logParams({ [key]: value });
  }

  /** A param's value never changes: another value for a logged key is an error. */
  logParams(params: Readonly<Record<string, TextValue>>): void {
    this.checkOpen();
    this.buffer.add({ params: entriesAsText(params) });
  }

  logMetric(key: string, value: number, options?: LogMetricOptions): void {
    this.logMetrics({ [key]: value }, options);
  }

  /** One point of each metric, all of the same step and time. NaN and infinities are kept. */
  logMetrics(values: Readonly<Record<string, number>>, options: LogMetricOptions = {}): void {
    this.checkOpen();
    const { step = 0, timestampMs = Date.now(), modelId } = options;
    const common = { step, timestampMs, ...(modelId !== undefined && { modelId }) };
    const metrics = Object.entries(values).map(([key, value]): Metric => ({ key, value, ...common }));
    this.buffer.add({ metrics });
  }

  setTag(key: string, value: TextValue): void {
    this.setTags({ [key]: value });
  }

  setTags(tags: Readonly<Record<string, TextValue>>): void {
    this.checkOpen();
    this.buffer.add({ tags: entriesAsText(tags) });
  }

  /** Resolves when everything logged so far is on the server. */
  async flush(): Promise<void> {
    await this.buffer.flush();
  }

  /** Writes a text as the artifact `path`, for example `notes/a.txt`. */
  async logText(text: string, path: string): Promise<void> {
    this.checkOpen();
    const repository = openRepository(this.client, this.info.artifactUri);
    await repository.write(path, new TextEncoder().encode(text), this.signal);
  }

  /** Writes plain data as the artifact `path`: YAML where that ends in `.yml` or `.yaml`, else JSON. */
  async logDict(data: unknown, path: string): Promise<void> {
    const isYaml = [".yml", ".yaml"].includes(extname(path));
    await this.logText(isYaml ? stringify(data) : JSON.stringify(data, undefined, 2), path);
  }

  /** Uploads a file, or a folder under its own name, into the artifact folder `artifactPath` (default: the root). */
  async logArtifact(localPath: string, artifactPath?: string, options: TransferOptions = {}): Promise<void> {
    this.checkOpen();
    const target = joined(artifactPath, basename(localPath));
    if (await isFolder(localPath)) return this.logArtifacts(localPath, target, options);
    const repository = openRepository(this.client, this.info.artifactUri);
    await repository.write(target, createReadStream(localPath), options.signal ?? this.signal);
  }

  /** Uploads a folder's content into the artifact folder `artifactPath` (default: the root). */
  async logArtifacts(
    localFolder: string,
    artifactPath?: string,
    options: TransferOptions = {},
  ): Promise<void> {
    this.checkOpen();
    const repository = openRepository(this.client, this.info.artifactUri);
    const input = { repository, folder: localFolder, path: artifactPath ?? "" };
    await uploadFolder(input, { signal: this.signal, ...options });
  }

  /**
   * Logs a model as MLflow 3 does: a logged model of its own, linked to this run and its latest metrics; and registers it
   * when `registeredModelName` is given. Metrics that are logged later are not the model's.
   */
  async logModel(model: unknown, options: LogModelOptions = {}): Promise<LoggedModelInfo> {
    this.checkOpen();
    await this.flush();
    return logModel({ client: this.client, run: this.info, signal: this.signal }, model, options);
  }

  /** Sends what is buffered, then sets the status; a run with unsent entries is FAILED, and this throws. */
  async end(status: RunStatus): Promise<void> {
    if (this.endedAs !== undefined) return this.ending;
    this.endedAs = status;
    this.ending = this.finish(status);
    return this.ending;
  }

  /** Sends what is buffered and marks the run KILLED, within what the signal allows. An end under way is awaited. */
  async kill(signal: AbortSignal): Promise<void> {
    if (this.endedAs !== undefined) return Promise.race([this.ending, rejectOn(signal)]);
    this.endedAs = "KILLED";
    this.controller.abort(new AppError("CANCELLED", "the process is ending"));
    await Promise.race([this.buffer.flush(), rejectOn(signal)]).catch(warnUnsent);
    await this.updateStatus("KILLED", signal);
  }

  private async finish(status: RunStatus): Promise<void> {
    try {
      await this.buffer.flush();
    } catch (error) {
      await this.updateStatus("FAILED").catch(warnUnmarked);
      throw error;
    }
    await this.updateStatus(status);
  }

  private async updateStatus(status: RunStatus, signal?: AbortSignal): Promise<void> {
    await this.client.updateRun({ runId: this.runId, status, endTimeMs: Date.now() }, { signal });
  }

  private checkOpen(): void {
    if (this.endedAs === undefined) return;
    throw new AppError(
      "INVALID_STATE",
      `run ${this.runId} has ended (${this.endedAs}); nothing more can be logged`,
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
    throw new AppError("RESOURCE_DOES_NOT_EXIST", `there is no file ${path} to log`, { cause });
  }
}

function rejectOn(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    if (signal.aborted) return reject(cancelled(signal));
    signal.addEventListener("abort", () => reject(cancelled(signal)), { once: true });
  });
}

/** Why entries could not be sent is thrown; that the run could not be marked either is only worth a warning. */
function warnUnmarked(error: unknown): void {
  process.emitWarning(`a run could not be marked FAILED: ${String(error)}`);
}

function warnUnsent(error: unknown): void {
  process.emitWarning(`the last metrics, params or tags of a run could not be sent: ${String(error)}`);
}
