import type { PathView, PathViewOptions, StartDetachedOptions } from "@flightdeck/compute";
import { EnvironmentCache, writeStandIns } from "@flightdeck/environments";
import { mkdir, symlink } from "node:fs/promises";
import { basename, delimiter, join } from "node:path";
import { buildLibraries } from "./build-libraries.ts";
import { dbfsFolder } from "./dbfs-file.ts";
import type { Execution } from "./execution.ts";
import type { JobFolder } from "./job-folder.ts";
import { checkedVariables, passedVariables, type Variables, withoutProxyFor } from "./job-variables.ts";
import { taskCommand } from "./task-command.ts";
import { writePrograms, writeUsualPython } from "./write-programs.ts";

/** As `openPathView` of compute. */
export type OpenPathView = (options: PathViewOptions) => PathView | Promise<PathView>;

export type PrepareTaskOptions = {
  readonly dataDir: string;
  /** Made, and empty. */
  readonly folder: JobFolder;
  readonly serverUrl: string;
  /** The server's own. */
  readonly env: NodeJS.ProcessEnv;
  readonly openView: OpenPathView;
  readonly signal: AbortSignal;
  readonly onProgress: (message: string) => void;
};

/** All that is needed to start a task. */
export type PreparedTask = Pick<StartDetachedOptions, "argv" | "cwd" | "env">;

/** As on Databricks, with a folder more for what is ours. Scripts of MLflow add the second to PATH themselves. */
const DB_HOME = "/databricks";
const DISK = "/local_disk0";
const PYTHON = `${DB_HOME}/python`;
const OURS = `${DB_HOME}/flightdeck`;
const PROGRAMS = `${OURS}/programs`;

/**
 * Pythons of the machine, and of libraries, are everybody's: pip installs into environments that the task makes. Conda's own
 * environments count as none for pip, so this cannot be said where there is conda.
 */
const PIP_KEPT_OUT = { PIP_REQUIRE_VIRTUALENV: "true" };

/** Builds what a task needs, and lays out its folder. Throws `AppError` for a task that cannot run. */
export async function prepareTask(execution: Execution, options: PrepareTaskOptions): Promise<PreparedTask> {
  const { dataDir, folder } = options;
  const view = await viewOf(options);
  const own = ownVariables(execution, view);
  const python = view.path(`${PYTHON}/bin/python`);
  const command = await taskCommand(execution.task, { dataDir, view, folder: folder.disk, python });
  const env = await environmentOf(execution, { ...options, view });
  return { argv: view.command(command), cwd: join(folder.databricks, "driver"), env: { ...env, ...own } };
}

async function viewOf({ dataDir, folder, openView }: PrepareTaskOptions): Promise<PathView> {
  await mkdir(dbfsFolder(dataDir), { recursive: true });
  return await openView({
    mappings: [
      { seen: "/dbfs", real: dbfsFolder(dataDir) },
      { seen: DB_HOME, real: folder.databricks },
      { seen: DISK, real: folder.disk },
    ],
    scratch: folder.scratch,
  });
}

/** What the cluster and the task ask for; the task has the last word. */
function ownVariables({ task, sparkEnvVars }: Execution, view: PathView): Variables {
  const asked = { ...sparkEnvVars, ...(task.kind === "shell_command" && task.envVars) };
  return Object.fromEntries(
    Object.entries(checkedVariables(asked)).map(([name, value]) => [name, view.text(value)]),
  );
}

type WithView = PrepareTaskOptions & { readonly view: PathView };

async function environmentOf(execution: Execution, options: WithView): Promise<Variables> {
  const { view, folder, serverUrl } = options;
  const passed = withoutProxyFor(serverUrl, passedVariables(options.env));
  const libraries = await installPython(execution, passed, options);
  const ours = join(folder.databricks, basename(OURS));
  await writePrograms({ folder: join(ours, basename(PROGRAMS)), env: passed });
  const standIns = await writeStandIns({ folder: ours, seenAs: view.path(OURS), env: passed });
  const path = [
    view.path(PROGRAMS),
    ...libraries,
    passed["PATH"] ?? "",
    standIns.path,
    view.path(`${PYTHON}/bin`),
  ];
  return {
    ...passed,
    ...standIns.variables,
    ...(standIns.variables["MLFLOW_CONDA_HOME"] !== undefined && PIP_KEPT_OUT),
    PATH: path.filter((each) => each !== "").join(delimiter),
    HOME: view.path(`${DISK}/home`),
    TMPDIR: view.path(`${DISK}/tmp`),
    DB_HOME: view.path(DB_HOME),
    DATABRICKS_HOST: serverUrl,
    DATABRICKS_TOKEN: execution.token,
    MLFLOW_TRACKING_URI: "databricks",
    PYTHONUNBUFFERED: "1", // Logs are read while the task runs.
    FLIGHTDECK_ENV_ROOT: EnvironmentCache.ofUser(options.env).root,
  };
}

/** Makes the task's Python, and gives the folders of its programs. */
async function installPython(
  { libraries }: Execution,
  env: Variables,
  { dataDir, folder, signal, onProgress, env: serverEnv }: WithView,
): Promise<readonly string[]> {
  const place = join(folder.databricks, basename(PYTHON));
  if (libraries.length === 0) {
    await writeUsualPython(join(place, "bin"), env);
    return [];
  }
  const cache = EnvironmentCache.ofUser(serverEnv);
  const built = await buildLibraries(libraries, { dataDir, env, cache, signal, onProgress });
  await symlink(built.folder, place);
  return built.activation.path;
}
