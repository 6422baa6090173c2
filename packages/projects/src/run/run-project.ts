import type { MlflowClient } from "@flightdeck/client";
import { exitCodeOf, type ProcessExit } from "@flightdeck/compute";
import { getBackend } from "../backends/get-backend.ts";
import type { JobControl, ProjectBackend, ProjectJob } from "../backends/project-backend.ts";
import { getEntryPoint } from "../entry-point/get-entry-point.ts";
import { checkEnvironment } from "../environment/check-environment.ts";
import type { Download } from "../parameters/fetch-path-values.ts";
import { resolveParameters } from "../parameters/resolve-parameters.ts";
import { findGitFacts } from "../source/find-git-facts.ts";
import { openProject } from "../source/open-project.ts";
import { closeRun, type EndStatus } from "./close-run.ts";
import { openRun } from "./open-run.ts";
import { projectRunTags } from "./project-run-tags.ts";

/** What to run. Names and defaults are those of MLflow's `mlflow.projects.run`. */
export type RunProjectOptions = {
  /** A folder, or `file:` URI, with an optional `#subdirectory`. */
  readonly uri: string;
  /** Default `main`. */
  readonly entryPoint?: string | undefined;
  readonly version?: string | undefined;
  readonly parameters?: Readonly<Record<string, string>> | undefined;
  /** Default `local`. */
  readonly backend?: string | undefined;
  readonly envManager?: string | undefined;
  readonly experimentName?: string | undefined;
  readonly experimentId?: string | undefined;
  readonly runName?: string | undefined;
  /** An existing run to log to. */
  readonly runId?: string | undefined;
  /** The run that this one is nested in. */
  readonly parentRunId?: string | undefined;
  /** Where values of type `path` that are URIs are downloaded, and stay. Default: a temporary folder. */
  readonly storageDir?: string | undefined;
};

/** What a project runs with. */
export type RunProjectContext = {
  readonly client: MlflowClient;
  /** What the process is told; `client`'s own address, with whatever the process needs to use it. */
  readonly trackingUri: string;
  /** How values of type `path` that are URIs of artifacts are fetched; http(s) ones are fetched here. */
  readonly download: Download;
  readonly control?: JobControl;
  /** Default: the process's own. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** What relative paths start from; default the process's working directory. */
  readonly cwd?: string;
};

/** A project's run that has ended. */
export type ProjectRun = {
  readonly runId: string;
  readonly experimentId: string;
  readonly status: EndStatus;
  /** The process's, as a shell shows it: 0..255. */
  readonly exitCode: number;
  /** The end of its output, oldest first; empty where output was inherited. */
  readonly lastLines: readonly string[];
};

/**
 * Runs a project to its end: finds its entry point, checks all parameters, creates the run, hands it to the process by
 * `MLFLOW_RUN_ID`, `MLFLOW_EXPERIMENT_ID` and `MLFLOW_TRACKING_URI`, and records how it ended. A process that fails, or is
 * cancelled by `control.signal`, is no error here: `status` is FAILED or KILLED, and after KILLED the runs nested in it
 * are KILLED too.
 *
 * Errors: `INVALID_PARAMETER_VALUE` for a project, entry point, parameter or experiment that is wrong, `NOT_IMPLEMENTED`
 * for sources, environments and backends that are not there yet; nothing is recorded then. `CANCELLED` when the signal
 * fires before the process has started.
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
  context: RunProjectContext,
): Promise<ProjectRun> {
  const { client } = context;
  const backend = getBackend(options.backend ?? "local");
  const { facts, ...job } = await prepare(options, context);
  const git = await findGitFacts(job.project.folder);
  const tags = projectRunTags({ ...facts, git, backend: backend.name, env: job.env });
  const run = await openRun(client, { ...options, tags, parameters: job.parameters, env: job.env });
  const { runId, experimentId } = run;
  const reference = { runId, experimentId, trackingUri: context.trackingUri };
  const exit = await launch(backend, { ...job, run: reference });
  // The polite signal has done its work; only impatience may cut the closing short.
  const status = await closeRun(client, run, endStatusOf(exit, job.control.signal), {
    signal: job.control.killSignal,
  });
  if ("error" in exit) throw exit.error;
  return { runId, experimentId, status, exitCode: exitCodeOf(exit), lastLines: exit.lastLines };
}

type Prepared = Omit<ProjectJob, "run"> & {
  readonly facts: {
    readonly folder: string;
    readonly entryPoint: string;
    readonly parentRunId: string | undefined;
  };
};

/** All that can be wrong with a request is found here, before anything is recorded. */
async function prepare(options: RunProjectOptions, context: RunProjectContext): Promise<Prepared> {
  const { env = process.env, cwd = process.cwd(), control = {}, download } = context;
  const project = await openProject({ uri: options.uri, version: options.version, cwd });
  const entryPoint = getEntryPoint(project, options.entryPoint ?? "main", env);
  const given = options.parameters ?? {};
  const parameters = resolveParameters({ entryPoint, given, cwd, projectFolder: project.folder });
  checkEnvironment(project, options.envManager);
  const facts = { folder: project.folder, entryPoint: entryPoint.name, parentRunId: options.parentRunId };
  const { storageDir } = options;
  return { project, entryPoint, parameters, env, download, storageDir, control, facts };
}

type Launched = ProcessExit | { readonly error: unknown };

async function launch(backend: ProjectBackend, job: ProjectJob): Promise<Launched> {
  try {
    return await backend.launch(job);
  } catch (error) {
    return { error };
  }
}

function endStatusOf(exit: Launched, signal: AbortSignal | undefined): EndStatus {
  if (signal?.aborted) return "KILLED";
  return "code" in exit && exit.code === 0 ? "FINISHED" : "FAILED";
}
