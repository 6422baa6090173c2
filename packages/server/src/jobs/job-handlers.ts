import { AppError } from "@flightdeck/core";
import {
  endpoints,
  type JobSettingsWire,
  jobTaskSpecFromWire,
  jobToWire,
  parseRequest,
  type RequestOf,
} from "@flightdeck/protocol";
import type { Handlers } from "../api/handler.ts";
import { pageToken } from "../api/page-token.ts";
import { present } from "../api/present.ts";
import { checkSpec } from "./check-spec.ts";
import { checkMayRunJobs } from "./job-policy.ts";
import { pageOf } from "./list-input.ts";
import { specOfRun } from "./run-parameters.ts";

type JobHandlers = Pick<
  Handlers,
  "createJob" | "getJob" | "listJobs" | "runJobNow" | "updateJob" | "resetJob" | "deleteJob"
>;

export const jobHandlers: JobHandlers = {
  createJob: async (settings, { store, jobs, principal }) => {
    checkMayRunJobs(jobs.isOpen, principal);
    await checkSettings(settings);
    return { job_id: await store.jobs.createJob({ settings, creatorUserName: principal.name }) };
  },
  getJob: async ({ job_id: jobId }, { store }) => jobToWire(await store.jobs.getJob(jobId)),
  listJobs: async (request, { store }) => {
    const page = await store.jobs.listJobs({ ...pageOf(request), ...present({ name: request.name }) });
    return {
      jobs: page.items.map(jobToWire),
      has_more: page.nextPageToken !== undefined,
      ...pageToken(page),
    };
  },
  runJobNow: async (request, { store, jobs, principal }) => {
    checkMayRunJobs(jobs.isOpen, principal);
    refuseOtherParameters(request);
    const job = await store.jobs.getJob(request.job_id);
    const { python_params: pythonParams, job_parameters: jobParameters } = request;
    const parameters = present({ pythonParams, jobParameters });
    const runId = await store.jobs.submitRun({
      jobId: job.jobId,
      runName: job.settings.name ?? "Untitled",
      creatorUserName: principal.name,
      submitTokenId: principal.account?.tokenId,
      spec: specOfRun(job, parameters),
      parameters,
      ...present({ idempotencyToken: request.idempotency_token }),
    });
    jobs.wake();
    return { run_id: runId, number_in_job: runId };
  },
  updateJob: async (
    { job_id: jobId, new_settings: changed = {}, fields_to_remove: removed },
    { store, jobs, principal },
  ) => {
    checkMayRunJobs(jobs.isOpen, principal);
    const { settings } = await store.jobs.getJob(jobId);
    const kept = Object.entries({ ...settings, ...changed }).filter(([name]) => !removed.includes(name));
    const next = parseRequest(endpoints.createJob, Object.fromEntries(kept));
    await checkSettings(next);
    await store.jobs.replaceJobSettings(jobId, next);
    return {};
  },
  resetJob: async ({ job_id: jobId, new_settings: settings }, { store, jobs, principal }) => {
    checkMayRunJobs(jobs.isOpen, principal);
    await checkSettings(settings);
    await store.jobs.replaceJobSettings(jobId, settings);
    return {};
  },
  deleteJob: async ({ job_id: jobId }, { store }) => {
    await store.jobs.deleteJob(jobId);
    return {};
  },
};

/** Of Databricks', the most that a job may have at a time. */
const MAX_CONCURRENT_RUNS_MAX = 1000;

async function checkSettings(settings: JobSettingsWire): Promise<void> {
  await checkSpec(jobTaskSpecFromWire(settings));
  const { max_concurrent_runs: max = 1 } = settings;
  if (max >= 0 && max <= MAX_CONCURRENT_RUNS_MAX) return;
  const message = `max_concurrent_runs must be 0..${MAX_CONCURRENT_RUNS_MAX}, got ${max}`;
  throw new AppError("INVALID_PARAMETER_VALUE", message);
}

/** Parameters of kinds of tasks that do not run here. */
const OTHER_PARAMETERS = [
  "jar_params",
  "notebook_params",
  "spark_submit_params",
  "python_named_params",
  "sql_params",
  "dbt_commands",
  "pipeline_params",
] as const;

function refuseOtherParameters(request: RequestOf<typeof endpoints.runJobNow>): void {
  const named = OTHER_PARAMETERS.find((name) => request[name] !== undefined);
  if (named === undefined) return;
  const message = `${named} are for a kind of task that does not run here; python_params and job_parameters are`;
  throw new AppError("INVALID_PARAMETER_VALUE", message);
}
