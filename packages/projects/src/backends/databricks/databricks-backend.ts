import { databricksOptions, isDatabricksUri } from "@flightdeck/client";
import { AppError } from "@flightdeck/core";
import { SYSTEM_TAGS } from "@flightdeck/protocol";
import type { BackendCheck, ProjectBackend, ProjectJob } from "../project-backend.ts";
import { parseClusterRequest } from "./cluster-request.ts";
import { followJob } from "./follow-job.ts";
import { type JobRunFacts, JobWorkspace } from "./job-workspace.ts";
import { shellJob } from "./shell-job.ts";
import { sparkJob } from "./spark-job.ts";
import { uploadProject } from "./upload-project.ts";

/**
 * Runs a project as a job of a Databricks workspace, with the requests of `mlflow run -b databricks`. Cancelling cancels
 * the job. A job outlives a client that is killed, or that does not wait.
 */
export const databricksBackend: ProjectBackend = {
  name: "databricks",
  isRemote: true,
  check,
  async launch(job) {
    const workspace = new JobWorkspace(databricksOptions(workspaceUri(job.run.trackingUri), job.env));
    const jobRunId = await submit(job, workspace);
    const { state } = await tellWhere(job, workspace, jobRunId);
    if (!job.request.wait) return undefined;
    return await followJob({ workspace, jobRunId, state, control: job.control });
  },
};

function check({ project, request, trackingUri }: BackendCheck): void {
  parseClusterRequest(request.backendConfig);
  if (project.environment?.kind === "docker_env") {
    const message = "Running docker-based projects on Databricks is not yet supported.";
    throw new AppError("INVALID_PARAMETER_VALUE", message);
  }
  if (isDatabricksUri(trackingUri) || /^https?:/i.test(trackingUri)) return;
  const shown = trackingUri === "" ? "none" : JSON.stringify(trackingUri);
  const message = `When running on Databricks, the MLflow tracking URI must be of the form 'databricks' or 'databricks://profile', or a remote HTTP URI accessible to both the current client and code running on Databricks: set MLFLOW_TRACKING_URI, got ${shown}`;
  throw new AppError("INVALID_PARAMETER_VALUE", message);
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
