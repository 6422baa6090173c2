import {
  type Endpoint,
  endpoints,
  type JobRunWire,
  type JobWire,
  type RequestInputOf,
  type ResponseOf,
} from "@flightdeck/protocol";
import type { CallOptions, RestClient } from "../rest/rest-client.ts";

/**
 * The settings of a job, with one task or a list of tasks (https://docs.databricks.com/api/workspace/jobs/create).
 */
export type JobSettings = RequestInputOf<typeof endpoints.createJob>;
/** A one-time run (https://docs.databricks.com/api/workspace/jobs/submit). */
export type SubmitRunInput = RequestInputOf<typeof endpoints.submitJobRun>;
/**
 * A job to run now, with parameters for its tasks. Repeating an `idempotency_token` returns the run that was created
 * first.
 */
export type RunNowInput = RequestInputOf<typeof endpoints.runJobNow>;
/** Selects a page of jobs. */
export type ListJobsInput = RequestInputOf<typeof endpoints.listJobs>;
/** Selects a page of job runs. */
export type ListJobRunsInput = RequestInputOf<typeof endpoints.listJobRuns>;
/** One page of jobs. */
export type JobPage = ResponseOf<typeof endpoints.listJobs>;
/** One page of job runs, newest first. */
export type JobRunPage = ResponseOf<typeof endpoints.listJobRuns>;
/** Selects an output stream of a task and the byte to start from. */
export type ReadRunLogInput = RequestInputOf<typeof endpoints.readJobRunLog>;
/** A piece of output, and the byte offset of the next one. */
export type RunLogPart = ResponseOf<typeof endpoints.readJobRunLog>;
/** The tail of a task's output, the reason it failed, and the run itself as `metadata`. */
export type JobRunOutput = ResponseOf<typeof endpoints.getJobRunOutput>;

/**
 * The Jobs API (https://docs.databricks.com/api/workspace/jobs). Requests and responses are the REST API's own objects.
 * As Databricks requires, settings with a list of tasks use API 2.1 and those with a single task API 2.0.
 */
export class JobsApi {
  readonly #rest: RestClient;

  constructor(rest: RestClient) {
    this.#rest = rest;
  }

  async create(settings: JobSettings, options?: CallOptions): Promise<{ readonly job_id: number }> {
    return await this.#rest.callWhole(forTasksOf(settings, endpoints.createJob), settings, options);
  }

  async get(jobId: number, options?: CallOptions): Promise<JobWire> {
    return await this.#rest.callWhole(at21(endpoints.getJob), { job_id: jobId }, options);
  }

  /** One page. Get the next with `next_page_token`, or with an offset when `has_more` is true. */
  async list(input: ListJobsInput = {}, options?: CallOptions): Promise<JobPage> {
    return await this.#rest.callWhole(at21(endpoints.listJobs), input, options);
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
    return await this.#rest.callWhole(at21(endpoints.runJobNow), input, options);
  }

  /** Submits a one-time run. */
  async submit(input: SubmitRunInput, options?: CallOptions): Promise<{ readonly run_id: number }> {
    return await this.#rest.callWhole(forTasksOf(input, endpoints.submitJobRun), input, options);
  }

  async getRun(runId: number, options?: CallOptions): Promise<JobRunWire> {
    return await this.#rest.callWhole(at21(endpoints.getJobRun), { run_id: runId }, options);
  }

  /** One page, newest first. */
  async listRuns(input: ListJobRunsInput = {}, options?: CallOptions): Promise<JobRunPage> {
    return await this.#rest.callWhole(at21(endpoints.listJobRuns), input, options);
  }

  /** Requests the cancellation of a run; the run ends shortly afterwards. */
  async cancelRun(runId: number, options?: CallOptions): Promise<void> {
    await this.#rest.call(at21(endpoints.cancelJobRun), { run_id: runId }, options);
  }

  /**
   * Reads a task's output from a byte offset. Only Flightdeck servers have this endpoint; others answer
   * `ENDPOINT_NOT_FOUND`.
   */
  async readRunLog(input: ReadRunLogInput, options?: CallOptions): Promise<RunLogPart> {
    return await this.#rest.callWhole(endpoints.readJobRunLog, input, options);
  }

  async getRunOutput(runId: number, options?: CallOptions): Promise<JobRunOutput> {
    return await this.#rest.callWhole(at21(endpoints.getJobRunOutput), { run_id: runId }, options);
  }
}

/** The endpoint in API 2.1, whose responses contain lists of tasks. */
function at21<TEndpoint extends Endpoint>(endpoint: TEndpoint): TEndpoint {
  return { ...endpoint, versions: ["2.1"] };
}

function forTasksOf<TEndpoint extends Endpoint>(
  settings: { readonly tasks?: unknown },
  endpoint: TEndpoint,
): TEndpoint {
  return settings.tasks === undefined ? { ...endpoint, versions: ["2.0"] } : at21(endpoint);
}
