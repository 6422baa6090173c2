import { RestClient, type CallOptions, type RestClientOptions } from "@flightdeck/client";
import { AppError, isAppError } from "@flightdeck/core";
import { ENDED_JOB_RUN_STATES, endpoints, errorFromWire, type RequestInputOf } from "@flightdeck/protocol";
import { openAsBlob } from "node:fs";
import type { JobState } from "../project-backend.ts";

/** What a job is submitted with, as it travels: a cluster's definition goes out as the user wrote it. */
export type JobSubmission = {
  readonly run_name: string;
  readonly new_cluster: Readonly<Record<string, unknown>>;
  readonly libraries: readonly Readonly<Record<string, unknown>>[];
  readonly shell_command_task?: {
    readonly command: readonly string[];
    readonly env_vars: Readonly<Record<string, string>>;
  };
  readonly spark_python_task?: { readonly python_file: string; readonly parameters: readonly string[] };
};

export type JobRunFacts = {
  readonly state: JobState & { readonly hasEnded: boolean };
  readonly runPageUrl?: string;
  readonly jobId?: number;
};

export type LogStream = "stdout" | "stderr";
export type LogPiece = { readonly text: string; readonly nextOffset: number };

/**
 * What running a project takes of a workspace: files in DBFS, and one job, in the calls and the versions that MLflow's
 * client uses. Errors and retries are the REST client's.
 */
export class JobWorkspace {
  readonly host: string;
  private readonly rest: RestClient;

  constructor(options: RestClientOptions) {
    this.rest = new RestClient(options);
    this.host = this.rest.baseUrl;
  }

  async exists(dbfsPath: string, options: CallOptions): Promise<boolean> {
    try {
      await this.rest.call(endpoints.getDbfsStatus, { path: dbfsPath }, options);
      return true;
    } catch (error) {
      if (isAppError(error, "RESOURCE_DOES_NOT_EXIST")) return false;
      throw error;
    }
  }

  /** Throws `ALREADY_EXISTS` for a file that is there. */
  async upload(file: string, dbfsPath: string, { signal }: CallOptions): Promise<void> {
    const path = dbfsPath.split("/").map(encodeURIComponent).join("/");
    const response = await this.rest.serverFetch(`${this.host}/dbfs${path}`, {
      method: "POST",
      body: await openAsBlob(file), // Sent as it is read, and with its length.
      ...(signal !== undefined && { signal }),
    });
    const text = await response.text();
    if (response.ok) return;
    if (response.status === 409 && text.includes("File already exists"))
      throw new AppError("ALREADY_EXISTS", `${dbfsPath} is in DBFS already`);
    throw errorFromWire(response.status, jsonOf(text));
  }

  /** Not cancelled half-way: nobody would know of the job. */
  async submit(submission: JobSubmission): Promise<number> {
    // The definition of a cluster is the user's, with more fields than the table knows.
    const request = submission as unknown as RequestInputOf<typeof endpoints.submitJobRun>;
    return (await this.rest.call(endpoints.submitJobRun, request)).run_id;
  }

  async getRun(jobRunId: number): Promise<JobRunFacts> {
    const wire = await this.rest.call(endpoints.getJobRun, { run_id: jobRunId });
    const {
      life_cycle_state: lifeCycleState,
      result_state: resultState,
      state_message: message,
    } = wire.state;
    const ended: readonly string[] = ENDED_JOB_RUN_STATES; // Of Databricks there may come others.
    const hasEnded = resultState !== undefined || ended.includes(lifeCycleState);
    return {
      state: { lifeCycleState, message, hasEnded, ...(resultState !== undefined && { resultState }) },
      ...(wire.run_page_url !== "" && { runPageUrl: wire.run_page_url }),
      ...(wire.job_id !== 0 && { jobId: wire.job_id }),
    };
  }

  async cancel(jobRunId: number): Promise<void> {
    await this.rest.call(endpoints.cancelJobRun, { run_id: jobRunId });
  }

  /** What a job has written since `offset`; undefined in a workspace that cannot say, as Databricks' own. */
  async findLog(jobRunId: number, stream: LogStream, offset: number): Promise<LogPiece | undefined> {
    try {
      const wire = await this.rest.call(endpoints.readJobRunLog, { run_id: jobRunId, stream, offset });
      return { text: wire.text, nextOffset: wire.next_offset };
    } catch (error) {
      if (isAppError(error, "ENDPOINT_NOT_FOUND") || isAppError(error, "NOT_FOUND")) return undefined;
      throw error;
    }
  }

  /** What Databricks keeps of a job's output when it has ended: the end of it, and why it failed. */
  async getOutput(jobRunId: number): Promise<string> {
    const {
      logs,
      error,
      error_trace: trace,
    } = await this.rest.call(endpoints.getJobRunOutput, { run_id: jobRunId });
    return [logs, error, trace].filter((text) => text !== undefined && text !== "").join("\n");
  }
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
