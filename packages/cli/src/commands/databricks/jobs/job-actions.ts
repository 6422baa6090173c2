import type { JobsApi, JobSettings } from "@flightdeck/client";
import { AppError } from "@flightdeck/core";
import type { JobWire } from "@flightdeck/protocol";
import { formatTime } from "../../../output/format-time.ts";
import { printJson } from "../../../output/print.ts";
import { printResult } from "../../../output/print-result.ts";
import type { JsonFlag } from "../../json-option.ts";
import { waitForRun } from "../job-runs/job-run-actions.ts";
import { type OutputFlags, printAsTable, printForReader } from "../output-options.ts";
import { optionalJson, readRequest, type RequestFlags } from "../request-options.ts";
import type { ProfileFlag } from "../workspace-options.ts";
import { withWorkspace } from "../with-workspace.ts";

type RequestedFlags = ProfileFlag & RequestFlags;
type OneJob = ProfileFlag & { readonly jobId: number };
export type ListFlags = ProfileFlag & OutputFlags & { readonly name?: string; readonly limit?: number };
export type GetFlags = OneJob & OutputFlags;
export type DeleteFlags = OneJob & JsonFlag;
export type ResetFlags = RequestedFlags & { readonly jobId?: number };
export type RunNowFlags = OneJob & {
  readonly jarParams?: string;
  readonly notebookParams?: string;
  readonly pythonParams?: string;
  readonly pythonNamedParams?: string;
  readonly sparkSubmitParams?: string;
  readonly idempotencyToken?: string;
  readonly wait?: boolean;
};

/** Databricks allows 12,000 jobs in a workspace, and gives 20 a page. */
const PAGES_MAX = 1000;

export async function createJob(flags: RequestedFlags): Promise<void> {
  const settings = settingsOf(await readRequest(flags));
  printJson(await withWorkspace(flags, ({ client }) => client.jobs.create(settings)));
}

/** As in the API, `{job_id, new_settings}`, or the settings themselves. */
export async function resetJob({ jobId, ...flags }: ResetFlags): Promise<void> {
  const request = await readRequest(flags);
  const { job_id: ownId, new_settings: inner } = request;
  const id = jobId ?? ownId;
  if (typeof id !== "number") {
    throw new AppError("INVALID_PARAMETER_VALUE", "name the job by --job-id or a job_id in the request");
  }
  const { job_id: _, ...settings } = request;
  await withWorkspace(flags, ({ client }) => client.jobs.reset(id, settingsOf(inner ?? settings)));
}

export async function listJobs(flags: ListFlags): Promise<void> {
  const jobs = await withWorkspace(flags, ({ client }) => allJobs(client.jobs, flags));
  const sorted = jobs.toSorted((a, b) => (nameOf(a).toLowerCase() < nameOf(b).toLowerCase() ? -1 : 1));
  const rows = sorted.map((job) => [String(job.job_id), nameOf(job)]);
  printAsTable(flags, () => ({ headers: ["Id", "Name"], rows }), { jobs });
}

export async function getJob(flags: GetFlags): Promise<void> {
  const job = await withWorkspace(flags, ({ client }) => client.jobs.get(flags.jobId));
  const { job_id: id, created_time: createdMs, creator_user_name: creator } = job;
  const table = () => ({
    headers: ["Id", "Name", "Created", "Creator"],
    rows: [[String(id), nameOf(job), formatTime(createdMs), creator]],
  });
  printForReader(flags, table, job);
}

export async function deleteJob({ jobId, ...flags }: DeleteFlags): Promise<void> {
  await withWorkspace(flags, ({ client }) => client.jobs.delete(jobId));
  printResult(flags.json, `Job ${jobId} has been deleted.`, { job_id: jobId });
}

export async function runNow({ jobId, idempotencyToken, wait, ...flags }: RunNowFlags): Promise<void> {
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

/** The server checks them: a workspace of Databricks knows more fields than we do. */
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
  throw new AppError(
    "INVALID_PARAMETER_VALUE",
    `${option} must be a list of texts, got ${JSON.stringify(value)}`,
  );
}
