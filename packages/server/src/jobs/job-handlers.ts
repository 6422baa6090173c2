import { AppError } from "@flightdeck/core";
import {
  endpoints,
  type Job,
  type JobRunParameters,
  type JobSettingsWire,
  type JobTask,
  type JobTaskSpec,
  jobTaskSpecFromWire,
  jobToWire,
  parseRequest,
  type RequestOf,
} from "@flightdeck/protocol";
import type { Handlers } from "../calls/handler.ts";
import { checkMayRunJobs } from "../identity/principal.ts";
import { checkSpec, pageOf } from "./job-requests.ts";
import type { JobServices } from "./job-runner.ts";

type JobHandlers = Pick<
  Handlers,
  "createJob" | "getJob" | "listJobs" | "runJobNow" | "updateJob" | "resetJob" | "deleteJob"
>;

export function jobHandlers({ jobs }: { readonly jobs: JobServices }): JobHandlers {
  return {
    createJob: async (settings, { store, principal }) => {
      checkMayRunJobs(jobs.mayAllRunJobs, principal);
      await checkSettings(settings);
      return { job_id: await store.jobs.createJob({ settings, creatorUserName: principal.name }) };
    },
    getJob: async ({ job_id: jobId }, { store }) => jobToWire(await store.jobs.getJob(jobId)),
    listJobs: async (request, { store }) => {
      const page = await store.jobs.listJobs({ ...pageOf(request), name: request.name });
      return {
        jobs: page.items.map(jobToWire),
        has_more: page.nextPageToken !== undefined,
        next_page_token: page.nextPageToken,
      };
    },
    runJobNow: async (request, { store, principal }) => {
      checkMayRunJobs(jobs.mayAllRunJobs, principal);
      refuseOtherParameters(request);
      const job = await store.jobs.getJob(request.job_id);
      const { python_params: pythonParams, job_parameters: jobParameters } = request;
      const parameters = { pythonParams, jobParameters };
      const jobRunId = await store.jobs.submitRun({
        jobId: job.jobId,
        runName: job.settings.name ?? "Untitled",
        creatorUserName: principal.name,
        submitTokenId: principal.account?.tokenId,
        spec: specOfRun(job, parameters),
        parameters,
        idempotencyToken: request.idempotency_token,
      });
      jobs.wake();
      return { run_id: jobRunId, number_in_job: jobRunId };
    },
    updateJob: async (
      { job_id: jobId, new_settings: changed = {}, fields_to_remove: removed },
      { store, principal },
    ) => {
      checkMayRunJobs(jobs.mayAllRunJobs, principal);
      const { settings } = await store.jobs.getJob(jobId);
      const kept = Object.entries({ ...settings, ...changed }).filter(([name]) => !removed.includes(name));
      const next = parseRequest(endpoints.createJob, Object.fromEntries(kept));
      await checkSettings(next);
      await store.jobs.replaceJobSettings(jobId, next);
      return {};
    },
    resetJob: async ({ job_id: jobId, new_settings: settings }, { store, principal }) => {
      checkMayRunJobs(jobs.mayAllRunJobs, principal);
      await checkSettings(settings);
      await store.jobs.replaceJobSettings(jobId, settings);
      return {};
    },
    deleteJob: async ({ job_id: jobId }, { store }) => {
      await store.jobs.deleteJob(jobId);
      return {};
    },
  };
}

/** Databricks' limit. */
const MAX_CONCURRENT_RUNS_MAX = 1000;

async function checkSettings(settings: JobSettingsWire): Promise<void> {
  await checkSpec(jobTaskSpecFromWire(settings));
  const { max_concurrent_runs: max = 1 } = settings;
  if (max >= 0 && max <= MAX_CONCURRENT_RUNS_MAX) return;
  const message = `max_concurrent_runs must be 0..${MAX_CONCURRENT_RUNS_MAX}, got ${max}`;
  throw new AppError("INVALID_PARAMETER_VALUE", message);
}

/** Parameters for task types that are not supported here. */
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
  const message = `${named} are for task types that are not supported here; python_params and job_parameters are supported`;
  throw new AppError("INVALID_PARAMETER_VALUE", message);
}

/** The task of one job run: the job's task, with its parameters replaced by those of `run-now`. */
export function specOfRun(job: Job, parameters: JobRunParameters): JobTaskSpec {
  const spec = jobTaskSpecFromWire(job.settings);
  const values = valuesOf(job, parameters.jobParameters ?? {});
  return { ...spec, task: resolved(overridden(spec.task, parameters), values) };
}

function overridden(task: JobTask, { pythonParams }: JobRunParameters): JobTask {
  if (pythonParams === undefined) return task;
  if (task.kind === "spark_python") return { ...task, parameters: pythonParams };
  throw refused(`python_params are for a spark_python_task, and this job has a ${task.kind}_task`);
}

function valuesOf({ jobId, settings }: Job, given: Readonly<Record<string, string>>): Map<string, string> {
  const values = new Map(settings.parameters.map(({ name, default: value }) => [name, value]));
  for (const [name, value] of Object.entries(given)) {
    if (!values.has(name)) {
      const known = [...values.keys()].join(", ") || "none";
      throw refused(`the job has no parameter ${JSON.stringify(name)}; it has ${known}`);
    }
    values.set(name, value);
  }
  const own = [...values].map(([name, value]): [string, string] => [`job.parameters.${name}`, value]);
  return new Map([...own, ["job.id", String(jobId)], ["job.name", settings.name ?? ""]]);
}

/** Substitutes values in parameters and variables, but never in a command, where a shell would interpret them. */
function resolved(task: JobTask, values: ReadonlyMap<string, string>): JobTask {
  const put = (text: string): string =>
    text.replaceAll(/\{\{\s*([\w.-]+)\s*\}\}/g, (all, name: string) => values.get(name) ?? all);
  if (task.kind !== "shell_command") return { ...task, parameters: task.parameters.map(put) };
  const entries = Object.entries(task.envVars).map(([name, value]) => [name, put(value)]);
  return { ...task, envVars: Object.fromEntries(entries) as Record<string, string> }; // Keys are unchanged.
}

function refused(message: string): AppError {
  return new AppError("INVALID_PARAMETER_VALUE", message);
}
