import type { JobsApi, JobSettings } from "@flightdeck/client";
import { invalid } from "@flightdeck/core";
import type { JobWire } from "@flightdeck/protocol";
import type { Command } from "commander";
import { formatTime } from "../../output/format.ts";
import { printJson, printResult } from "../../output/print.ts";
import { JSON_OPTION, type JsonFlag, parseCount } from "../options.ts";
import { waitForRun } from "./job-runs.ts";
import {
  apiVersionOption,
  JSON_FILE_OPTION,
  optionalJson,
  type OutputFlags,
  outputOption,
  printAsTable,
  printForReader,
  PROFILE_OPTION,
  type ProfileFlag,
  readRequest,
  REQUEST_OPTION,
  type RequestFlags,
  withGroupOptions,
} from "./options.ts";
import { withWorkspace } from "./with-workspace.ts";

const JOB_ID = ["--job-id <ID>", "Id of the job.", parseCount] as const;

type RequestedFlags = ProfileFlag & RequestFlags;

type OneJob = ProfileFlag & { readonly jobId: number };

type ListFlags = ProfileFlag &
  OutputFlags & { readonly name?: string | undefined; readonly limit?: number | undefined };

type GetFlags = OneJob & OutputFlags;

type DeleteFlags = OneJob & JsonFlag;

type ResetFlags = RequestedFlags & { readonly jobId?: number | undefined };

type RunNowFlags = OneJob & {
  readonly jarParams?: string | undefined;
  readonly notebookParams?: string | undefined;
  readonly pythonParams?: string | undefined;
  readonly pythonNamedParams?: string | undefined;
  readonly sparkSubmitParams?: string | undefined;
  readonly idempotencyToken?: string | undefined;
  readonly wait?: boolean | undefined;
};

/** Databricks allows 12,000 jobs in a workspace and returns 20 per page. */
const PAGES_MAX = 1000;

/** `flightdeck databricks jobs …`: manages stored jobs. One-time runs are submitted with `runs`. */
export function defineJobs(jobs: Command): void {
  jobs.option(...PROFILE_OPTION);
  jobs
    .command("create")
    .description("Create a job and print its id as JSON.")
    .option(...JSON_FILE_OPTION)
    .option(...REQUEST_OPTION)
    .addOption(apiVersionOption())
    .option(...PROFILE_OPTION)
    .action(withGroupOptions(createJob));
  addReaders(jobs);
  jobs
    .command("reset")
    .description("Replace all settings of a job.")
    .option(...JOB_ID)
    .option(...JSON_FILE_OPTION)
    .option(...REQUEST_OPTION)
    .addOption(apiVersionOption())
    .option(...PROFILE_OPTION)
    .action(withGroupOptions(resetJob));
  jobs
    .command("delete")
    .description("Delete a job.")
    .requiredOption(...JOB_ID)
    .option(...JSON_OPTION)
    .addOption(apiVersionOption())
    .option(...PROFILE_OPTION)
    .action(withGroupOptions(deleteJob));
  addRunNow(jobs);
}

function addReaders(jobs: Command): void {
  jobs
    .command("list")
    .description("List jobs by name.")
    .option("--name <TEXT>", "Only jobs with this name.")
    .option("--limit <INTEGER>", "Maximum number of jobs (default: all).", parseCount)
    .option("--all", "Accepted for compatibility: all jobs are always shown.")
    .option(...JSON_OPTION)
    .addOption(outputOption())
    .addOption(apiVersionOption())
    .option(...PROFILE_OPTION)
    .action(withGroupOptions(listJobs));
  jobs
    .command("get")
    .description("Show a job.")
    .requiredOption(...JOB_ID)
    .option(...JSON_OPTION)
    .addOption(outputOption())
    .addOption(apiVersionOption())
    .option(...PROFILE_OPTION)
    .action(withGroupOptions(getJob));
}

function addRunNow(jobs: Command): void {
  jobs
    .command("run-now")
    .description("Run a job and print the run's id as JSON.")
    .requiredOption(...JOB_ID)
    .option("--jar-params <JSON>", "List of parameters of a JAR task.")
    .option("--notebook-params <JSON>", "Parameters of a notebook task by name.")
    .option("--python-params <JSON>", 'List of parameters of a Python task: ["a", "b"].')
    .option("--python-named-params <JSON>", "Parameters of a Python wheel task by name.")
    .option("--spark-submit-params <JSON>", "List of parameters of spark-submit.")
    .option("--idempotency-token <TEXT>", "Key that makes a repeated call return the same run.")
    .option("--wait", "Wait for the run to end and show its output meanwhile.")
    .option(...JSON_OPTION)
    .addOption(apiVersionOption())
    .option(...PROFILE_OPTION)
    .action(withGroupOptions(runNow));
}

async function createJob(flags: RequestedFlags): Promise<void> {
  const settings = settingsOf(await readRequest(flags));
  printJson(await withWorkspace(flags, ({ client }) => client.jobs.create(settings)));
}

/** Accepts `{job_id, new_settings}`, as in the API, or just the settings. */
async function resetJob({ jobId, ...flags }: ResetFlags): Promise<void> {
  const request = await readRequest(flags);
  const { job_id: ownId, new_settings: inner } = request;
  const id = jobId ?? ownId;
  if (typeof id !== "number") {
    throw invalid("name the job by --job-id or a job_id in the request");
  }
  const { job_id: _, ...settings } = request;
  await withWorkspace(flags, ({ client }) => client.jobs.reset(id, settingsOf(inner ?? settings)));
}

async function listJobs(flags: ListFlags): Promise<void> {
  const jobs = await withWorkspace(flags, ({ client }) => allJobs(client.jobs, flags));
  const sorted = jobs.toSorted((a, b) => (nameOf(a).toLowerCase() < nameOf(b).toLowerCase() ? -1 : 1));
  const rows = sorted.map((job) => [String(job.job_id), nameOf(job)]);
  printAsTable(flags, () => ({ headers: ["Id", "Name"], rows }), { jobs });
}

async function getJob(flags: GetFlags): Promise<void> {
  const job = await withWorkspace(flags, ({ client }) => client.jobs.get(flags.jobId));
  const { job_id: id, created_time: createdMs, creator_user_name: creator } = job;
  const table = () => ({
    headers: ["Id", "Name", "Created", "Creator"],
    rows: [[String(id), nameOf(job), formatTime(createdMs), creator]],
  });
  printForReader(flags, table, job);
}

async function deleteJob({ jobId, ...flags }: DeleteFlags): Promise<void> {
  await withWorkspace(flags, ({ client }) => client.jobs.delete(jobId));
  printResult(flags.json, `Job ${jobId} has been deleted.`, { job_id: jobId });
}

async function runNow({ jobId, idempotencyToken, wait, ...flags }: RunNowFlags): Promise<void> {
  const params = {
    jar_params: optionalJson(flags.jarParams, "--jar-params"),
    notebook_params: optionalJson(flags.notebookParams, "--notebook-params"),
    python_named_params: optionalJson(flags.pythonNamedParams, "--python-named-params"),
    spark_submit_params: optionalJson(flags.sparkSubmitParams, "--spark-submit-params"),
    python_params: listOfTexts(optionalJson(flags.pythonParams, "--python-params"), "--python-params"),
  };
  await withWorkspace(flags, async (session) => {
    const request = { job_id: jobId, idempotency_token: idempotencyToken, ...params };
    const run = await session.client.jobs.runNow(request);
    printJson(run);
    if (wait === true) await waitForRun(session, run.run_id);
  });
}

/** Validated by the server: Databricks knows more fields than we do. */
function settingsOf(request: unknown): JobSettings {
  return request as JobSettings;
}

async function allJobs(api: JobsApi, { name, limit }: ListFlags): Promise<readonly JobWire[]> {
  const jobs: JobWire[] = [];
  let pageToken: string | undefined;
  for (let page = 0; page < PAGES_MAX && jobs.length < (limit ?? Infinity); page++) {
    const answer = await api.list({ name, page_token: pageToken });
    jobs.push(...answer.jobs);
    pageToken = answer.next_page_token;
    if (!pageToken) break;
  }
  return jobs.slice(0, limit);
}

function nameOf({ settings }: JobWire): string {
  return settings.name ?? "";
}

function listOfTexts(value: unknown, option: string): string[] | undefined {
  if (value === undefined) return undefined;
  if (Array.isArray(value) && value.every((each) => typeof each === "string")) return value;
  throw invalid(`${option} must be a list of texts, got ${JSON.stringify(value)}`);
}
