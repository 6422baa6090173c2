import { isDatabricksUri, type OutputStream } from "@flightdeck/client";
import { databricksOptions, JobRunFollower } from "@flightdeck/client/databricks";
import type { ProcessExit } from "@flightdeck/compute";
import { isAppError } from "@flightdeck/core";
import { SYSTEM_TAGS } from "@flightdeck/protocol";
import type { CheckedProject, JobState, Launch, RunControl } from "../project-backend.ts";
import { parseClusterRequest } from "./cluster-request.ts";
import { type JobRunFacts, jobStateOf, JobWorkspace } from "./job-workspace.ts";
import { shellJob, sparkJob } from "./job-submission.ts";
import { uploadCode, uploadProject } from "./upload-project.ts";

type FollowJobOptions = {
  readonly workspace: JobWorkspace;
  readonly jobRunId: number;
  /** The state right after submission. */
  readonly state: JobState;
  readonly control: RunControl;
};

/** Short enough for output to feel live; one request a second is far below a workspace's rate limit. */
const PAUSE_MS_MAX = 1_000;

/** Enough for the end of a stack trace, short enough for an error message. */
const LAST_LINES_MAX = 20;

const LAST_CHARS_MAX = 20_000;

/** A cancelled job ends within seconds. We do not wait for its cluster to be released. */
const CANCEL_MS_MAX = 60_000;

/** Submits a job and, unless the request says not to wait, follows it to its end. */
export async function launchJob(checked: CheckedProject, launch: Launch): Promise<ProcessExit | undefined> {
  const workspace = new JobWorkspace(databricksOptions(workspaceUri(launch.run.trackingUri), checked.env));
  const jobRunId = await submit(checked, launch, workspace);
  const { state } = await reportJob(launch, workspace, jobRunId);
  if (!checked.request.wait) return undefined;
  return await followJob({ workspace, jobRunId, state, control: launch.control });
}

/** When runs are tracked on another server, the job still runs in the workspace that the environment names. */
function workspaceUri(trackingUri: string): string {
  return isDatabricksUri(trackingUri) ? trackingUri : "databricks";
}

async function submit(
  checked: CheckedProject,
  { run, control: { signal } }: Launch,
  workspace: JobWorkspace,
): Promise<number> {
  const { project, request } = checked;
  const { experimentId } = run;
  const cluster = parseClusterRequest(request.backendConfig);
  const archive = await uploadProject({ workspace, folder: project.folder, experimentId, signal });
  const upload = (code: string): Promise<string> => uploadCode({ workspace, code, experimentId, signal });
  const submission =
    project.sparkJob === undefined
      ? shellJob(checked, run, { archive, cluster })
      : await sparkJob(checked, run, { spark: project.sparkJob, archive, cluster, upload });
  return await workspace.submit(submission);
}

/** Reports the job's page to the caller and links the run to the job with the tags that MLflow sets. */
async function reportJob(
  { client, run, control }: Launch,
  workspace: JobWorkspace,
  jobRunId: number,
): Promise<JobRunFacts> {
  const facts = await workspace.getRun(jobRunId);
  const { runPageUrl, jobId } = facts;
  control.onJob?.({ runId: run.runId, jobRunId, runPageUrl });
  const tags: readonly (readonly [string, string | undefined])[] = [
    [SYSTEM_TAGS.databricksRunUrl, runPageUrl],
    [SYSTEM_TAGS.databricksJobRunId, String(jobRunId)],
    [SYSTEM_TAGS.databricksWebAppUrl, workspace.host],
    [SYSTEM_TAGS.databricksJobId, jobId === undefined ? undefined : String(jobId)],
  ];
  for (const [key, value] of tags) if (value !== undefined) await client.setTag(run.runId, { key, value });
  return facts;
}

/**
 * Waits for the job to end. Reports each state once and streams the output. The signal cancels the job and waits up to a
 * minute for it to end; the kill signal ends that wait at once.
 */
async function followJob(options: FollowJobOptions): Promise<ProcessExit> {
  const { workspace, jobRunId, control } = options;
  const output = new OutputRelay(control.onOutput);
  control.onJobState?.(options.state);
  const state = await untilEnded(options, output);
  if (output.isEmpty()) output.take(await workspace.findOutput(jobRunId), "stdout");
  await output.delivered();
  return exitOfJob(jobRunId, state, output.lastLines());
}

/** Undefined when the job was cancelled and did not end in time. */
async function untilEnded(options: FollowJobOptions, output: OutputRelay): Promise<JobState | undefined> {
  const { workspace, jobRunId, control } = options;
  const { signal, killSignal } = control;
  const follower = followerOf(options, output);
  try {
    return jobStateOf(await follower.untilEnded(signal));
  } catch (error) {
    if (!isAppError(error, "CANCELLED")) throw error;
  }
  await workspace.jobs.cancelRun(jobRunId);
  const late = AbortSignal.timeout(CANCEL_MS_MAX);
  try {
    const ended = await follower.untilEnded(
      killSignal === undefined ? late : AbortSignal.any([late, killSignal]),
    );
    return jobStateOf(ended);
  } catch (error) {
    if (!isAppError(error, "CANCELLED")) throw error;
    return undefined;
  }
}

/** Skips the state right after submission, which has been reported already. */
function followerOf(
  { workspace, jobRunId, state, control }: FollowJobOptions,
  output: OutputRelay,
): JobRunFollower {
  let reported = state.lifeCycleState;
  return new JobRunFollower(workspace.jobs, jobRunId, {
    pauseMaxMs: PAUSE_MS_MAX,
    onState: (jobRun) => {
      const next = jobStateOf(jobRun);
      if (next.lifeCycleState !== reported) control.onJobState?.(next);
      reported = next.lifeCycleState;
    },
    onOutput: (text, stream) => output.take(text, stream),
  });
}

/** A job has no exit code. */
function exitOfJob(jobRunId: number, state: JobState | undefined, lines: readonly string[]): ProcessExit {
  if (state?.resultState === "SUCCESS") return { code: 0, signal: null, lastLines: lines };
  return { code: 1, signal: null, lastLines: [...lines, reasonOf(jobRunId, state)] };
}

function reasonOf(jobRunId: number, state: JobState | undefined): string {
  if (state === undefined) return `job run ${jobRunId} was cancelled but may still be running`;
  const { lifeCycleState, resultState = lifeCycleState, message } = state;
  return `job run ${jobRunId} ended with ${resultState}${message === "" ? "" : `: ${message}`}`;
}

/** Passes a job's output on in order and keeps the tail. */
export class OutputRelay {
  readonly #onOutput: RunControl["onOutput"];
  #delivery: Promise<void> = Promise.resolve();
  #tail = "";

  constructor(onOutput: RunControl["onOutput"]) {
    this.#onOutput = onOutput;
  }

  take(text: string, stream: OutputStream): void {
    if (text === "") return;
    this.#tail = (this.#tail + text).slice(-LAST_CHARS_MAX);
    this.#delivery = this.#delivery.then(() => this.#onOutput?.({ stream, chunk: Buffer.from(text) }));
    this.#delivery.catch(() => undefined); // `delivered` rethrows it.
  }

  isEmpty(): boolean {
    return this.#tail === "";
  }

  /** Resolves when `onOutput` has taken everything; rejects with its error. */
  async delivered(): Promise<void> {
    await this.#delivery;
  }

  /** The last lines of the output, oldest first. */
  lastLines(): readonly string[] {
    const lines = this.#tail.split("\n").filter((line) => line.trim() !== "");
    return lines.slice(-LAST_LINES_MAX);
  }
}
