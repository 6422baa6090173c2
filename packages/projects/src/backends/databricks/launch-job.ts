import { isDatabricksUri } from "@flightdeck/client";
import { databricksOptions } from "@flightdeck/client/databricks";
import type { ProcessExit } from "@flightdeck/compute";
import { SYSTEM_TAGS } from "@flightdeck/protocol";
import type { ProjectJob } from "../project-backend.ts";
import { parseClusterRequest } from "./cluster-request.ts";
import { followJob } from "./follow-job.ts";
import { type JobRunFacts, JobWorkspace } from "./job-workspace.ts";
import { shellJob } from "./shell-job.ts";
import { sparkJob } from "./spark-job.ts";
import { uploadProject } from "./upload-project.ts";

/** Submits a job, and follows it when it is to be waited for. */
export async function launchJob(job: ProjectJob): Promise<ProcessExit | undefined> {
  const workspace = new JobWorkspace(databricksOptions(workspaceUri(job.run.trackingUri), job.env));
  const jobRunId = await submit(job, workspace);
  const { state } = await tellWhere(job, workspace, jobRunId);
  if (!job.request.wait) return undefined;
  return await followJob({ workspace, jobRunId, state, control: job.control });
}

/** A server elsewhere may keep the runs of jobs, which run in the workspace that the environment names. */
function workspaceUri(trackingUri: string): string {
  return isDatabricksUri(trackingUri) ? trackingUri : "databricks";
}

async function submit(job: ProjectJob, workspace: JobWorkspace): Promise<number> {
  const { project, run, control, request } = job;
  const cluster = parseClusterRequest(request.backendConfig);
  const archive = await uploadProject({
    workspace,
    folder: project.folder,
    experimentId: run.experimentId,
    signal: control.signal,
  });
  const submission =
    project.sparkJob === undefined
      ? shellJob(job, archive, cluster)
      : await sparkJob({ ...job, workspace, sparkJob: project.sparkJob }, archive, cluster);
  return await workspace.submit(submission);
}

/** Tells the user, and the run, where the job is, by the tags that MLflow sets. */
async function tellWhere(
  { client, run, control }: ProjectJob,
  workspace: JobWorkspace,
  jobRunId: number,
): Promise<JobRunFacts> {
  const facts = await workspace.getRun(jobRunId);
  const { runPageUrl, jobId } = facts;
  control.onJob?.({ runId: run.runId, jobRunId, ...(runPageUrl !== undefined && { runPageUrl }) });
  const tags: readonly (readonly [string, string | undefined])[] = [
    [SYSTEM_TAGS.databricksRunUrl, runPageUrl],
    [SYSTEM_TAGS.databricksJobRunId, String(jobRunId)],
    [SYSTEM_TAGS.databricksWebAppUrl, workspace.host],
    [SYSTEM_TAGS.databricksJobId, jobId === undefined ? undefined : String(jobId)],
  ];
  for (const [key, value] of tags) if (value !== undefined) await client.setTag(run.runId, { key, value });
  return facts;
}
