import { EnvironmentCache, type EnvironmentPlan } from "@flightdeck/environments";
import { resolve } from "node:path";
import { getBackend } from "../backends/get-backend.ts";
import type { ProjectBackend, ProjectJob } from "../backends/project-backend.ts";
import { getEntryPoint } from "../entry-point/get-entry-point.ts";
import { planProjectEnvironment } from "../environment/plan-project-environment.ts";
import { resolveParameters } from "../parameters/resolve-parameters.ts";
import type { Project } from "../project/project.ts";
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
  /** Default `local`. */
  readonly backend?: string | undefined;
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
  "project" | "entryPoint" | "parameters" | "environment" | "env" | "storageDir"
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
  const opened = await openProject({ uri: options.uri, version: options.version, cwd, signal, onFetch });
  try {
    return { ...opened, backend, options, ...(await check(opened.project, options, context)) };
  } catch (error) {
    await opened.close();
    throw error;
  }
}

type Checked = Pick<PreparedProject, "entryPoint" | "parameters" | "environment" | "env" | "storageDir">;

async function check(
  project: Project,
  options: RunProjectOptions,
  context: PrepareProjectContext,
): Promise<Checked> {
  const { env = process.env, cwd = process.cwd() } = context;
  const entryPoint = getEntryPoint(project, options.entryPoint ?? "main", env);
  const given = options.parameters ?? {};
  const parameters = resolveParameters({ entryPoint, given, cwd, projectFolder: project.folder });
  const environment = await checkEnvironment(project, options, env);
  const storageDir = options.storageDir === undefined ? undefined : resolve(cwd, options.storageDir);
  return { entryPoint, parameters, environment, env, storageDir };
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
