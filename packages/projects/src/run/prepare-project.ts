import { AppError, invalid } from "@flightdeck/core";
import {
  EnvironmentCache,
  type EnvironmentPlan,
  findProgram,
  planEnvironment,
  type PlanEnvironmentOptions,
  readDefinition,
} from "@flightdeck/environments";
import { lstat } from "node:fs/promises";
import { join, resolve } from "node:path";
import { getBackend, parseBackendConfig } from "../backends/get-backend.ts";
import type {
  BackendConfig,
  CheckedProject,
  ProjectBackend,
  ProjectRequest,
} from "../backends/project-backend.ts";
import { buildCommand } from "../command/build-command.ts";
import { getEntryPoint } from "../command/get-entry-point.ts";
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
  /** Whether to wait for a job in a workspace to end; default true. */
  readonly wait?: boolean | undefined;
  /** One of `ENV_MANAGERS`. Default: chosen by the environment that the project declares. */
  readonly envManager?: string | undefined;
  /** Builds the nearest available environment: another Python or package version, without missing packages. Default: exact. */
  readonly bestEffort?: boolean | undefined;
  readonly experimentName?: string | undefined;
  readonly experimentId?: string | undefined;
  readonly runName?: string | undefined;
  /** An existing run to log to. */
  readonly runId?: string | undefined;
  /** The run that this one is nested in. */
  readonly parentRunId?: string | undefined;
  /** Where URI values of type `path` are downloaded and kept. Default: a temporary folder. */
  readonly storageDir?: string | undefined;
};

/** The surroundings that a project is prepared in. */
export type PrepareProjectContext = {
  /** Default: `process.env`. */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined;
  /** Where the run will be tracked; default `MLFLOW_TRACKING_URI` in `env`. */
  readonly trackingUri?: string | undefined;
  /** Relative paths are resolved against it; default the process's working directory. */
  readonly cwd?: string | undefined;
  /** Cancels fetching. */
  readonly signal?: AbortSignal | undefined;
  /** Called before a fetch that may take a while. */
  readonly onFetch?: ((what: string) => void) | undefined;
};

/** A project with a checked request, ready to run once. */
export type PreparedProject = {
  readonly backend: ProjectBackend;
  /** What the backend launches. */
  readonly checked: CheckedProject;
  /** Where the project came from. */
  readonly opened: OpenedProject;
  /** Which run to log to. */
  readonly recording: Recording;
  /** Removes fetched files. The project cannot run afterwards. */
  close(): Promise<void>;
};

/** The run that a project logs to: a new one in an experiment, or an existing one. */
export type Recording = Pick<
  RunProjectOptions,
  "experimentName" | "experimentId" | "runName" | "runId" | "parentRunId"
>;

/**
 * Fetches the project and checks the whole request before anything is recorded. Throws `INVALID_PARAMETER_VALUE` for an
 * invalid project, entry point or parameter, `NOT_IMPLEMENTED` for environments and backends that are not supported yet.
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
    const checked = await check({ project: opened.project, backend, request }, options, context);
    const { experimentName, experimentId, runName, parentRunId } = options;
    const runId = options.runId ?? localRunId(backend, request);
    const recording = { experimentName, experimentId, runName, runId, parentRunId };
    return { backend, checked, opened, recording, close: () => opened.close() };
  } catch (error) {
    await opened.close();
    throw error;
  }
}

async function requestOf(options: RunProjectOptions, cwd: string): Promise<ProjectRequest> {
  const { uri, parameters = {}, envManager, backendConfig: config, wait = true } = options;
  const backendConfig = typeof config === "string" ? await parseBackendConfig(config, cwd) : config;
  return { uri, parameters, envManager, backendConfig, wait };
}

type CheckInput = {
  readonly project: Project;
  readonly backend: ProjectBackend;
  readonly request: ProjectRequest;
};

async function check(
  { project, backend, request }: CheckInput,
  options: RunProjectOptions,
  context: PrepareProjectContext,
): Promise<CheckedProject> {
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
  return { project, entryPoint, parameters, environment, request, env, storageDir };
}

/** Builds the command once with the values as given, to find errors in it before the run starts. */
function requireCommand(entryPoint: EntryPoint, { declared, extra }: ResolvedParameters): void {
  const values = declared.map(({ parameter, value }) => [parameter.name, value] as const);
  buildCommand(entryPoint, { declared: new Map(values), extra });
}

/** A Spark job with a Python file has no entry points; the requested name is ignored, as in MLflow. */
function entryPointOf(project: Project, name: string, env: CheckedProject["env"]): EntryPoint {
  const pythonFile = project.sparkJob?.pythonFile;
  if (pythonFile === undefined) return getEntryPoint(project, name, env);
  return { name, parameters: [], command: pythonFile };
}

/** An MLflow job passes its run id to the MLflow on the cluster this way. */
function localRunId(backend: ProjectBackend, { backendConfig }: ProjectRequest): string | undefined {
  const runId = backendConfig?.["_mlflow_local_backend_run_id"];
  return !backend.isRemote && typeof runId === "string" ? runId : undefined;
}

async function checkEnvironment(
  project: Project,
  { envManager, bestEffort = false }: RunProjectOptions,
  env: CheckedProject["env"],
): Promise<EnvironmentPlan | undefined> {
  const plan = await planProjectEnvironment(project, { envManager, bestEffort, env });
  if (plan !== undefined && (await EnvironmentCache.ofUser(env).find(plan)) === undefined)
    await plan.check(env);
  return plan;
}

/**
 * The environment that a project runs in; undefined to run with the programs on PATH. That is the case for the manager
 * `local`, and by default for a project that declares no environment. For such a project, any other manager builds an empty
 * environment, as in MLflow.
 *
 * Errors: `INVALID_PARAMETER_VALUE` for a definition that is invalid or cannot be built, and `NOT_IMPLEMENTED` for
 * `docker_env`.
 */
export async function planProjectEnvironment(
  project: Project,
  options: PlanEnvironmentOptions,
): Promise<EnvironmentPlan | undefined> {
  const { envManager: requested } = options;
  const { environment, folder } = project;
  if (environment?.kind === "docker_env") throw noDocker(environment.definition, options.env);
  if (requested === "local") return undefined;
  if (environment === undefined) {
    if (requested === undefined) return undefined;
    const nothing = { kind: "python_env", source: "an empty environment", folder, ...NO_PACKAGES } as const;
    return await planEnvironment(nothing, options);
  }
  const { kind, definition: source } = environment;
  if (kind === "node_env") await requireNoNodeModules(folder);
  const definition = await readDefinition({ path: join(folder, source), kind, source, folder });
  return await planEnvironment(definition, options);
}

/** We never delete or mix with packages that the user put there. A symlink is ours. */
async function requireNoNodeModules(folder: string): Promise<void> {
  const stats = await lstat(join(folder, "node_modules")).catch(() => undefined);
  if (stats?.isDirectory() !== true) return;
  const message = `the project declares node_env but already has a node_modules folder: remove it, or pass --env-manager local to use it`;
  throw invalid(message);
}

const NO_PACKAGES = { python: [], buildDependencies: [], dependencies: [] } as const;

function noDocker(image: string, env: PlanEnvironmentOptions["env"]): AppError {
  const missing = findProgram("docker", env) === undefined ? " (and docker is not on PATH)" : "";
  const message = `the project declares docker_env (image ${image}), which is not supported yet${missing}; remove docker_env to run with the programs on PATH`;
  return new AppError("NOT_IMPLEMENTED", message);
}
