import { EnvironmentCache, type EnvironmentPlan } from "@flightdeck/environments";
import { resolve } from "node:path";
import { getBackend } from "../backends/get-backend.ts";
import { type BackendConfig, parseBackendConfig } from "../backends/parse-backend-config.ts";
import type { JobRequest, ProjectBackend, ProjectJob } from "../backends/project-backend.ts";
import { buildCommand } from "../command/build-command.ts";
import { getEntryPoint } from "../entry-point/get-entry-point.ts";
import { planProjectEnvironment } from "../environment/plan-project-environment.ts";
import { type ResolvedParameters, resolveParameters } from "../parameters/resolve-parameters.ts";
import type { EntryPoint, Project } from "../project/project.ts";
import { type OpenedProject, openProject } from "../source/open-project.ts";

/** What to run. Names and defaults are those of MLflow's `mlflow.projects.run`. */
export type RunProjectOptions = {
  /** A folder, `file:` URI, git repository or zip file, with an optional `#subdirectory`. */
  readonly uri: string;
  /** Default `main`. */
  readonly entryPoint?: string | undefined;
  /** A git branch, tag or commit. */
  readonly version?: string | undefined;
  readonly parameters?: Readonly<Record<string, string>> | undefined;
  /** `local` (the default) or `databricks`. */
  readonly backend?: string | undefined;
  /** For `databricks` a cluster's definition: an object, JSON, or the path of a `.json` file. */
  readonly backendConfig?: BackendConfig | string | undefined;
  /** Whether the end of a job in a workspace is waited for; default true. */
  readonly wait?: boolean | undefined;
  /** One of `ENV_MANAGERS`. Default: what fits the environment that the project declares. */
  readonly envManager?: string | undefined;
  /** Build what can be had: the nearest Python, other versions, without what is missing. Default: only what is asked for. */
  readonly bestEffort?: boolean | undefined;
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

/** Where a project is looked for. */
export type PrepareProjectContext = {
  /** Default: the process's own. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Where the run will be tracked; default `MLFLOW_TRACKING_URI` of `env`. */
  readonly trackingUri?: string;
  /** What relative paths start from; default the process's working directory. */
  readonly cwd?: string;
  /** Cancels what is being fetched. */
  readonly signal?: AbortSignal;
  /** Told before something is fetched that may take a while. */
  readonly onFetch?: (what: string) => void;
};

/** A project whose request was found good, ready to run once. */
export type PreparedProject = Pick<
  ProjectJob,
  "project" | "entryPoint" | "parameters" | "environment" | "env" | "storageDir" | "request"
> &
  Pick<OpenedProject, "sourceName" | "branch" | "close"> & {
    readonly backend: ProjectBackend;
    readonly options: RunProjectOptions;
  };

/**
 * Finds all that can be wrong with a request before anything is recorded. Throws `INVALID_PARAMETER_VALUE` for a
 * project, entry point or parameter that is wrong, `NOT_IMPLEMENTED` for sources, environments and backends that are not
 * there yet.
 */
export async function prepareProject(
  options: RunProjectOptions,
  context: PrepareProjectContext = {},
): Promise<PreparedProject> {
  const backend = getBackend(options.backend ?? "local");
  const { cwd = process.cwd(), signal, onFetch } = context;
  const request = await requestOf(options, cwd);
  const opened = await openProject({ uri: options.uri, version: options.version, cwd, signal, onFetch });
  try {
    const checked = await check({ project: opened.project, backend, request, options }, context);
    return { ...opened, backend, request, ...checked };
  } catch (error) {
    await opened.close();
    throw error;
  }
}

async function requestOf(options: RunProjectOptions, cwd: string): Promise<JobRequest> {
  const { uri, parameters = {}, envManager, backendConfig: config, wait = true } = options;
  const backendConfig = typeof config === "string" ? await parseBackendConfig(config, cwd) : config;
  return { uri, parameters, envManager, backendConfig, wait };
}

type Checked = Pick<
  PreparedProject,
  "entryPoint" | "parameters" | "environment" | "env" | "storageDir" | "options"
>;
type ToCheck = Pick<PreparedProject, "project" | "backend" | "request" | "options">;

async function check(
  { project, backend, request, options }: ToCheck,
  context: PrepareProjectContext,
): Promise<Checked> {
  const { env = process.env, cwd = process.cwd() } = context;
  const trackingUri = context.trackingUri ?? env["MLFLOW_TRACKING_URI"] ?? "";
  backend.check({ project, request, trackingUri });
  const entryPoint = entryPointOf(project, options.entryPoint ?? "main", env);
  const given = request.parameters;
  const { isRemote } = backend;
  const parameters = resolveParameters({ entryPoint, given, cwd, projectFolder: project.folder, isRemote });
  requireCommand(entryPoint, parameters);
  const environment = isRemote ? undefined : await checkEnvironment(project, options, env);
  const storageDir = options.storageDir === undefined ? undefined : resolve(cwd, options.storageDir);
  const runId = options.runId ?? localRunId(backend, request);
  return { entryPoint, parameters, environment, env, storageDir, options: { ...options, runId } };
}

/** Builds the command once with the values as they were given, for what is wrong with it shows so. */
function requireCommand(entryPoint: EntryPoint, { declared, extra }: ResolvedParameters): void {
  const values = declared.map(({ parameter, value }) => [parameter.name, value] as const);
  buildCommand(entryPoint, { declared: new Map(values), extra });
}

/** A Spark job that names its file has no entry point; the one asked for is passed over, as in MLflow. */
function entryPointOf(project: Project, name: string, env: PreparedProject["env"]): EntryPoint {
  const pythonFile = project.sparkJob?.pythonFile;
  if (pythonFile === undefined) return getEntryPoint(project, name, env);
  return { name, parameters: [], command: pythonFile };
}

/** How a job of MLflow's tells the MLflow on the cluster which run it is of. */
function localRunId(backend: ProjectBackend, { backendConfig }: JobRequest): string | undefined {
  const runId = backendConfig?.["_mlflow_local_backend_run_id"];
  return !backend.isRemote && typeof runId === "string" ? runId : undefined;
}

async function checkEnvironment(
  project: Project,
  { envManager, bestEffort = false }: RunProjectOptions,
  env: PreparedProject["env"],
): Promise<EnvironmentPlan | undefined> {
  const plan = await planProjectEnvironment(project, { envManager, bestEffort, env });
  if (plan !== undefined && (await EnvironmentCache.ofUser(env).find(plan)) === undefined)
    await plan.check(env);
  return plan;
}
