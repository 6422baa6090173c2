import type { CallOptions, RestClientOptions } from "@flightdeck/client";
import { WorkspaceClient } from "@flightdeck/client/databricks";
import { AppError, isAppError } from "@flightdeck/core";
import { endpoints, errorFromWire, type JobRunWire, type RequestInputOf } from "@flightdeck/protocol";
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
  readonly state: JobState;
  readonly runPageUrl?: string;
  readonly jobId?: number;
};

/**
 * What running a project takes of a workspace: files in DBFS, and one job, in the calls and the versions that MLflow's
 * client uses. Errors and retries are the REST client's.
 */
export class JobWorkspace {
  readonly host: string;
  readonly jobs: WorkspaceClient["jobs"];
  readonly #workspace: WorkspaceClient;

  constructor(options: RestClientOptions) {
    this.#workspace = new WorkspaceClient(options);
    this.jobs = this.#workspace.jobs;
    this.host = this.#workspace.host;
  }

  async exists(dbfsPath: string, options: CallOptions): Promise<boolean> {
    return (await this.#workspace.dbfs.findStatus(dbfsPath, options)) !== undefined;
  }

  /** Throws `ALREADY_EXISTS` for a file that is there. */
  async upload(file: string, dbfsPath: string, { signal }: CallOptions): Promise<void> {
    const path = dbfsPath.split("/").map(encodeURIComponent).join("/");
    const response = await this.#workspace.rest.serverFetch(`${this.host}/dbfs${path}`, {
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
    return (await this.#workspace.rest.call(endpoints.submitJobRun, request)).run_id;
  }

  async getRun(jobRunId: number): Promise<JobRunFacts> {
    const wire = await this.#workspace.rest.call(endpoints.getJobRun, { run_id: jobRunId });
    return {
      state: jobStateOf(wire),
      ...(wire.run_page_url !== "" && { runPageUrl: wire.run_page_url }),
      ...(wire.job_id !== 0 && { jobId: wire.job_id }),
    };
  }

  /**
   * What is kept of an ended job's output, the end of it, and why it failed, where it could not be followed, as in a
   * workspace of Databricks. Empty when it cannot be had.
   */
  async findOutput(jobRunId: number): Promise<string> {
    try {
      const { logs, error, error_trace: trace } = await this.jobs.getRunOutput(jobRunId);
      return [logs, error, trace].filter((text) => text !== undefined && text !== "").join("\n");
    } catch (error) {
      if (isAppError(error)) return "";
      throw error;
    }
  }
}

export function jobStateOf({ state }: Pick<JobRunWire, "state">): JobState {
  const { life_cycle_state: lifeCycleState, result_state: resultState, state_message: message } = state;
  return { lifeCycleState, message, ...(resultState !== undefined && { resultState }) };
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
