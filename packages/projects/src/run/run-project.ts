import type { MlflowClient } from "@flightdeck/client";
import { exitCodeOf, type ProcessExit } from "@flightdeck/compute";
import { messageOf } from "@flightdeck/core";
import { LIMITS, type Tag } from "@flightdeck/protocol";
import type { JobControl, ProjectBackend, ProjectJob } from "../backends/project-backend.ts";
import type { Download } from "../parameters/fetch-path-values.ts";
import { findGitFacts } from "../source/find-git-facts.ts";
import { closeRun, type EndStatus } from "./close-run.ts";
import { openRun } from "./open-run.ts";
import {
  type PreparedProject,
  prepareProject,
  type PrepareProjectContext,
  type RunProjectOptions,
} from "./prepare-project.ts";
import { projectRunTags } from "./project-run-tags.ts";

/** Ours, since the note that MLflow's page shows (`mlflow.note.content`) is the user's. */
const FAILURE_TAG = "flightdeck.failureMessage";
/** Who has cancelled waits for the end: a server that does not answer within this keeps the run RUNNING. */
const KILLED_CLOSE_MS_MAX = 10_000;

/** What a project runs with. */
export type RunProjectContext = {
  readonly client: MlflowClient;
  /** What the process is told; `client`'s own address, with whatever the process needs to use it. */
  readonly trackingUri: string;
  /** How values of type `path` that are URIs of artifacts are fetched; http(s) ones are fetched here. */
  readonly download: Download;
  readonly control?: JobControl;
};

/** A project's run that has ended. */
export type ProjectRun = {
  readonly runId: string;
  readonly experimentId: string;
  /** `RUNNING` when its job was handed to a workspace and not waited for. */
  readonly status: EndStatus | "RUNNING";
  /** The process's, as a shell shows it: 0..255. A job of a workspace tells none, and ends with 0 or 1. */
  readonly exitCode: number;
  /** The end of its output, oldest first; without what was inherited. */
  readonly lastLines: readonly string[];
};

/**
 * Runs a project to its end: finds its entry point, checks all parameters, creates the run, hands it to the process by
 * `MLFLOW_RUN_ID`, `MLFLOW_EXPERIMENT_ID` and `MLFLOW_TRACKING_URI`, and records how it ended. A process that fails, or is
 * cancelled by `control.signal`, is no error here: `status` is FAILED or KILLED, and after KILLED the runs nested in it
 * are KILLED too. The tag `flightdeck.failureMessage` of a FAILED run holds the end of what the process wrote.
 *
 * Errors: those of `prepareProject` and `runPreparedProject`.
 *
 * @example
 * ```ts
 * const { runId, status } = await runProject(
 *   { uri: "examples/airline", entryPoint: "simple", parameters: { max_depth: "8" } },
 *   { client, trackingUri, download },
 * );
 * ```
 */
export async function runProject(
  options: RunProjectOptions,
  context: RunProjectContext & PrepareProjectContext,
): Promise<ProjectRun> {
  const prepared = await prepareProject(options, context);
  try {
    return await runPreparedProject(prepared, context);
  } finally {
    await prepared.close();
  }
}

/**
 * The second half of `runProject`; the caller closes the prepared project afterwards. Throws `RESOURCE_DOES_NOT_EXIST` for an experiment or run that is not there, as the
 * client for a server that does not answer, `CANCELLED` when the signal fires before the process has started.
 */
export async function runPreparedProject(
  prepared: PreparedProject,
  context: RunProjectContext,
): Promise<ProjectRun> {
  const { client, download, trackingUri, control = {} } = context;
  const run = await openRun(client, { ...prepared.options, ...prepared, tags: await tagsOf(prepared) });
  const { runId, experimentId } = run;
  const reference = { runId, experimentId, trackingUri };
  const ended = await launch({ ...prepared, client, download, control, run: reference });
  if (ended === undefined) return { runId, experimentId, status: "RUNNING", exitCode: 0, lastLines: [] };
  await noteFailure(client, runId, ended, control.signal);
  const closing = control.signal?.aborted ? { signal: AbortSignal.timeout(KILLED_CLOSE_MS_MAX) } : {};
  const status = await closeRun(client, run, endStatusOf(ended, control.signal), closing);
  if ("error" in ended) throw ended.error;
  return { runId, experimentId, status, exitCode: exitCodeOf(ended), lastLines: ended.lastLines };
}

async function tagsOf(prepared: PreparedProject): Promise<readonly Tag[]> {
  const { project, entryPoint, backend, env, environment, options, sourceName, branch } = prepared;
  return projectRunTags({
    sourceName,
    branch,
    folder: project.folder,
    git: await findGitFacts(project.folder),
    entryPoint: entryPoint.name,
    backend: backend.name,
    envManager: environment?.manager,
    parentRunId: options.parentRunId,
    env,
  });
}

type Ended = ProcessExit | { readonly error: unknown };

async function launch({
  backend,
  ...job
}: ProjectJob & { readonly backend: ProjectBackend }): Promise<Ended | undefined> {
  try {
    return await backend.launch(job);
  } catch (error) {
    return { error };
  }
}

/** Says why a run failed where people look for it: MLflow's runs have no field for that. */
async function noteFailure(
  client: MlflowClient,
  runId: string,
  ended: Ended,
  signal: AbortSignal | undefined,
): Promise<void> {
  if (endStatusOf(ended, signal) !== "FAILED") return;
  const value = failureMessageOf(ended).slice(-LIMITS.tagValueCharsMax);
  await client.setTag(runId, { key: FAILURE_TAG, value });
}

function failureMessageOf(ended: Ended): string {
  if ("error" in ended) return messageOf(ended.error);
  return [`exit code ${exitCodeOf(ended)}`, ...ended.lastLines].join("\n");
}

function endStatusOf(ended: Ended, signal: AbortSignal | undefined): EndStatus {
  if (signal?.aborted) return "KILLED";
  return "code" in ended && ended.code === 0 ? "FINISHED" : "FAILED";
}
