import {
  type Endpoint,
  endpoints,
  type JobRunWire,
  type JobWire,
  type RequestInputOf,
  type ResponseOf,
} from "@flightdeck/protocol";
import type { CallOptions, RestClient } from "../rest/rest-client.ts";

export type JobSettings = RequestInputOf<typeof endpoints.createJob>;
export type SubmitRunInput = RequestInputOf<typeof endpoints.submitJobRun>;
export type RunNowInput = RequestInputOf<typeof endpoints.runJobNow>;
export type ListJobsInput = RequestInputOf<typeof endpoints.listJobs>;
export type ListJobRunsInput = RequestInputOf<typeof endpoints.listJobRuns>;
export type JobPage = ResponseOf<typeof endpoints.listJobs>;
export type JobRunPage = ResponseOf<typeof endpoints.listJobRuns>;
export type ReadRunLogInput = RequestInputOf<typeof endpoints.readJobRunLog>;
export type RunLogPart = ResponseOf<typeof endpoints.readJobRunLog>;
export type JobRunOutput = ResponseOf<typeof endpoints.getJobRunOutput>;

/**
 * Jobs and their runs (https://docs.databricks.com/api/workspace/jobs), with the REST API's own objects. Settings with a
 * list of tasks go by API 2.1, those of one task by API 2.0, as a workspace of Databricks wants it.
 */
export class JobsApi {
  readonly #rest: RestClient;

  constructor(rest: RestClient) {
    this.#rest = rest;
  }

  async create(settings: JobSettings, options?: CallOptions): Promise<{ readonly job_id: number }> {
    return this.#rest.callWhole(forTasksOf(settings, endpoints.createJob), settings, options);
  }

  async get(jobId: number, options?: CallOptions): Promise<JobWire> {
    return this.#rest.callWhole(at21(endpoints.getJob), { job_id: jobId }, options);
  }

  /** One page; `next_page_token`, or `has_more` with an offset, leads to the next. */
  async list(input: ListJobsInput = {}, options?: CallOptions): Promise<JobPage> {
    return this.#rest.callWhole(at21(endpoints.listJobs), input, options);
  }

  /** Replaces all settings. */
  async reset(jobId: number, settings: JobSettings, options?: CallOptions): Promise<void> {
    const request = { job_id: jobId, new_settings: settings };
    await this.#rest.call(forTasksOf(settings, endpoints.resetJob), request, options);
  }

  async delete(jobId: number, options?: CallOptions): Promise<void> {
    await this.#rest.call(at21(endpoints.deleteJob), { job_id: jobId }, options);
  }

  async runNow(input: RunNowInput, options?: CallOptions): Promise<{ readonly run_id: number }> {
    return this.#rest.callWhole(at21(endpoints.runJobNow), input, options);
  }

  /** Submits a one-time run. */
  async submit(input: SubmitRunInput, options?: CallOptions): Promise<{ readonly run_id: number }> {
    return this.#rest.callWhole(forTasksOf(input, endpoints.submitJobRun), input, options);
  }

  async getRun(runId: number, options?: CallOptions): Promise<JobRunWire> {
    return this.#rest.callWhole(at21(endpoints.getJobRun), { run_id: runId }, options);
  }

  /** One page, newest first. */
  async listRuns(input: ListJobRunsInput = {}, options?: CallOptions): Promise<JobRunPage> {
    return this.#rest.callWhole(at21(endpoints.listJobRuns), input, options);
  }

  /** Cancels a run, which ends a little later. */
  async cancelRun(runId: number, options?: CallOptions): Promise<void> {
    await this.#rest.call(at21(endpoints.cancelJobRun), { run_id: runId }, options);
  }

  /**
   * What a task has written from a byte on. A Flightdeck server's own call: elsewhere it throws `ENDPOINT_NOT_FOUND`.
   */
  async readRunLog(input: ReadRunLogInput, options?: CallOptions): Promise<RunLogPart> {
    return this.#rest.callWhole(endpoints.readJobRunLog, input, options);
  }

  async getRunOutput(runId: number, options?: CallOptions): Promise<JobRunOutput> {
    return this.#rest.callWhole(at21(endpoints.getJobRunOutput), { run_id: runId }, options);
  }
}

/** The same call in the version that has lists of tasks in its answers. */
function at21<TEndpoint extends Endpoint>(endpoint: TEndpoint): TEndpoint {
  return { ...endpoint, versions: ["2.1"] };
}

function forTasksOf<TEndpoint extends Endpoint>(
  settings: { readonly tasks?: unknown },
  endpoint: TEndpoint,
): TEndpoint {
  return settings.tasks === undefined ? { ...endpoint, versions: ["2.0"] } : at21(endpoint);
}
