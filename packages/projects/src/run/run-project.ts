import type { MlflowClient } from "@flightdeck/client";
import { exitCodeOf, type ProcessExit } from "@flightdeck/compute";
import { messageOf } from "@flightdeck/core";
import { LIMITS, type Tag } from "@flightdeck/protocol";
import type { CheckedProject, Launch, ProjectBackend, RunControl } from "../backends/project-backend.ts";
import type { Download } from "../parameters/fetch-path-values.ts";
import { findGitFacts } from "../source/git.ts";
import { closeRun, type EndStatus } from "./close-run.ts";
import { startProjectRun, projectRunTags } from "./start-project-run.ts";
import {
  type PreparedProject,
  prepareProject,
  type PrepareProjectContext,
  type RunProjectOptions,
} from "./prepare-project.ts";

/** Our own tag, because the note that MLflow's UI shows (`mlflow.note.content`) belongs to the user. */
const FAILURE_TAG = "flightdeck.failureMessage";
/** The user is waiting after a cancel. If the server does not respond in this time, the run stays RUNNING. */
const KILLED_CLOSE_MS_MAX = 10_000;

/** What `runProject` needs besides its options. */
export type RunProjectContext = {
  readonly client: MlflowClient;
  /** Passed to the process. The same server as `client`'s, with whatever the process needs to use it. */
  readonly trackingUri: string;
  /** Downloads values of type `path` that are artifact URIs. This package downloads http(s) URLs itself. */
  readonly download: Download;
  readonly control?: RunControl | undefined;
};

/** The result of running a project. */
export type ProjectRun = {
  readonly runId: string;
  readonly experimentId: string;
  /** `RUNNING` when a job was submitted without waiting for it. */
  readonly status: EndStatus | "RUNNING";
  /** The process's exit code as a shell reports it, 0..255. A job in a workspace has none: 0 for success, otherwise 1. */
  readonly exitCode: number;
  /** The last lines of its output, oldest first. Empty when the process inherited our stdout. */
  readonly lastLines: readonly string[];
};

/**
 * Runs a project and waits for it to end. Finds its entry point, checks all parameters, creates the run, passes it to the
 * process as `MLFLOW_RUN_ID`, `MLFLOW_EXPERIMENT_ID` and `MLFLOW_TRACKING_URI`, and records how it ended. A process that
 * fails or is cancelled by `control.signal` does not throw: `status` is FAILED or KILLED. Runs nested in a KILLED run are
 * KILLED too. The tag `flightdeck.failureMessage` of a FAILED run holds the last lines of output.
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
 * The second half of `runProject`; the caller closes the prepared project afterwards. Throws `RESOURCE_DOES_NOT_EXIST` for
 * a missing experiment or run, `CANCELLED` when the signal fires before the process has started, and the client's errors.
 */
export async function runPreparedProject(
  prepared: PreparedProject,
  context: RunProjectContext,
): Promise<ProjectRun> {
  const { client, download, trackingUri, control = {} } = context;
  const { backend, checked, recording } = prepared;
  const run = await startProjectRun(client, { recording, checked, tags: await tagsOf(prepared) });
  const { runId, experimentId } = run;
  const reference = { runId, experimentId, trackingUri };
  const ended = await launch(backend, checked, { run: reference, client, download, control });
  if (ended === undefined) return { runId, experimentId, status: "RUNNING", exitCode: 0, lastLines: [] };
  await noteFailure(client, runId, ended, control.signal);
  const signal = control.signal?.aborted ? AbortSignal.timeout(KILLED_CLOSE_MS_MAX) : undefined;
  const status = await closeRun(client, run, endStatusOf(ended, control.signal), { signal });
  if ("error" in ended) throw ended.error;
  return { runId, experimentId, status, exitCode: exitCodeOf(ended), lastLines: ended.lastLines };
}

async function tagsOf({ backend, checked, opened, recording }: PreparedProject): Promise<readonly Tag[]> {
  const { project, entryPoint, environment, env } = checked;
  return projectRunTags({
    sourceName: opened.sourceName,
    branch: opened.branch,
    folder: project.folder,
    git: await findGitFacts(project.folder),
    entryPoint: entryPoint.name,
    backend: backend.name,
    envManager: environment?.manager,
    parentRunId: recording.parentRunId,
    env,
  });
}

type Ended = ProcessExit | { readonly error: unknown };

async function launch(
  backend: ProjectBackend,
  checked: CheckedProject,
  context: Launch,
): Promise<Ended | undefined> {
  try {
    return await backend.launch(checked, context);
  } catch (error) {
    return { error };
  }
}

/** Records why a run failed as a tag, because MLflow's runs have no field for it. */
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
