import type { CallOptions, RestClientOptions } from "@flightdeck/client";
import { WorkspaceClient } from "@flightdeck/client/databricks";
import { AppError, isAppError, tryParseJson } from "@flightdeck/core";
import { endpoints, errorFromWire, type JobRunWire, type RequestInputOf } from "@flightdeck/protocol";
import { openAsBlob } from "node:fs";
import type { JobState } from "../project-backend.ts";

/** The body of a submit request. The cluster definition is sent exactly as the user wrote it. */
export type JobSubmission = {
  readonly run_name: string;
  readonly new_cluster: Readonly<Record<string, unknown>>;
  readonly libraries: readonly Readonly<Record<string, unknown>>[];
  readonly shell_command_task?:
    | {
        readonly command: readonly string[];
        readonly env_vars: Readonly<Record<string, string>>;
      }
    | undefined;
  readonly spark_python_task?:
    | { readonly python_file: string; readonly parameters: readonly string[] }
    | undefined;
};

export type JobRunFacts = {
  readonly state: JobState;
  readonly runPageUrl?: string | undefined;
  readonly jobId?: number | undefined;
};

/**
 * The parts of a workspace that running a project needs: DBFS files and one job. Uses the same endpoints and API versions
 * as MLflow's client. Errors and retries are the REST client's.
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

  /** Throws `ALREADY_EXISTS` when the file exists. */
  async upload(file: string, dbfsPath: string, { signal }: CallOptions): Promise<void> {
    const path = dbfsPath.split("/").map(encodeURIComponent).join("/");
    const response = await this.#workspace.rest.serverFetch(`${this.host}/dbfs${path}`, {
      method: "POST",
      body: await openAsBlob(file), // Streams from disk and still sends Content-Length.
      signal: signal ?? null,
    });
    const text = await response.text();
    if (response.ok) return;
    if (response.status === 409 && text.includes("File already exists"))
      throw new AppError("ALREADY_EXISTS", `${dbfsPath} already exists in DBFS`);
    throw errorFromWire(response.status, tryParseJson(text));
  }

  /** Not abortable: the job would exist without anyone knowing its id. */
  async submit(submission: JobSubmission): Promise<number> {
    // The user's cluster definition may have fields that the endpoint's type does not list.
    const request = submission as unknown as RequestInputOf<typeof endpoints.submitJobRun>;
    return (await this.#workspace.rest.call(endpoints.submitJobRun, request)).run_id;
  }

  async getRun(jobRunId: number): Promise<JobRunFacts> {
    const wire = await this.#workspace.rest.call(endpoints.getJobRun, { run_id: jobRunId });
    return {
      state: jobStateOf(wire),
      runPageUrl: wire.run_page_url || undefined,
      jobId: wire.job_id || undefined,
    };
  }

  /**
   * The stored tail of a finished job's output and its error, for workspaces such as Databricks that do not stream output.
   * Empty when the workspace has none.
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
  return { lifeCycleState, message, resultState };
}
