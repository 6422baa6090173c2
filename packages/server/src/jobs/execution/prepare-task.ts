import type { PathView, PathViewOptions, StartDetachedOptions } from "@flightdeck/compute";
import { AppError } from "@flightdeck/core";
import { EnvironmentCache, writeStandIns } from "@flightdeck/environments";
import type { JobTask } from "@flightdeck/protocol";
import { mkdir, readFile, symlink, writeFile } from "node:fs/promises";
import { basename, delimiter, dirname, join } from "node:path";
import type { TaskSpark } from "../cluster-sparks.ts";
import { checkedVariables, passedVariables, type Variables, withoutProxyFor } from "./check-task.ts";
import { dbfsFolder, getDbfsFile } from "./dbfs-file.ts";
import type { Execution } from "./execution.ts";
import type { JobRunFolder } from "./job-run-folder.ts";
import { buildLibraries, writePrograms, writeUsualPython } from "./task-programs.ts";

/** Same as compute's `openPathView`. */
export type OpenPathView = (options: PathViewOptions) => PathView | Promise<PathView>;

export type PrepareTaskOptions = {
  readonly dataDir: string;
  /** An empty folder. */
  readonly folder: JobRunFolder;
  readonly serverUrl: string;
  /** The server's own environment. */
  readonly env: NodeJS.ProcessEnv;
  readonly openView: OpenPathView;
  readonly signal: AbortSignal;
  readonly onProgress: (message: string) => void;
};

/** Everything that is needed to start a task. */
export type PreparedTask = Pick<StartDetachedOptions, "argv" | "cwd" | "env">;

/** Databricks' folders, plus one of ours. MLflow's scripts add `$DB_HOME/python/bin` to PATH themselves. */
const DB_HOME = "/databricks";
const DISK = "/local_disk0";
const PYTHON = `${DB_HOME}/python`;
const OURS = `${DB_HOME}/flightdeck`;
const PROGRAMS = `${OURS}/programs`;

/**
 * Keeps pip from installing into the Pythons that tasks share, the machine's and those of libraries: it may only
 * install into environments that the task creates. Not set if conda is present, because pip does not recognize conda's
 * environments.
 */
const PIP_KEPT_OUT = { PIP_REQUIRE_VIRTUALENV: "true" };

/** Builds the task's environment and fills its folder. Throws `AppError` for a task that cannot run. */
export async function prepareTask(execution: Execution, options: PrepareTaskOptions): Promise<PreparedTask> {
  const { dataDir, folder } = options;
  const view = await viewOf(options);
  const own = ownVariables(execution, view);
  const python = view.path(`${PYTHON}/bin/python`);
  const { task, spark } = execution;
  const command = await taskCommand(task, { dataDir, view, folder: folder.disk, python, spark });
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

/** The variables of the cluster and of the task; the task's take precedence. */
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
  const { spark } = execution;
  const path = [
    view.path(PROGRAMS),
    ...libraries.path,
    ...(spark === undefined ? [] : [join(spark.sparkHome, "bin")]),
    passed["PATH"] ?? "",
    standIns.path,
    view.path(`${PYTHON}/bin`),
  ];
  return {
    ...passed,
    ...standIns.variables,
    ...(standIns.variables["MLFLOW_CONDA_HOME"] !== undefined && PIP_KEPT_OUT),
    ...(spark !== undefined && sparkVariables(spark, libraries.python)),
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

/**
 * Executors run outside the task's view of the file system, so they get the Python with its libraries by its real path.
 * A Python that the task supplies already has a real path.
 */
function sparkVariables({ variables, pythonPath }: TaskSpark, python: string | undefined): Variables {
  return {
    ...variables,
    PYTHONPATH: pythonPath.join(delimiter),
    ...(python !== undefined && { PYSPARK_PYTHON: python }),
  };
}

type TaskPython = {
  /** The folders with its programs. */
  readonly path: readonly string[];
  /** The real path of the Python with the task's libraries. */
  readonly python?: string | undefined;
};

/** Installs the task's Python. */
async function installPython(
  { libraries }: Execution,
  env: Variables,
  { dataDir, folder, signal, onProgress, env: serverEnv }: WithView,
): Promise<TaskPython> {
  const place = join(folder.databricks, basename(PYTHON));
  if (libraries.length === 0) {
    await writeUsualPython(join(place, "bin"), env);
    return { path: [] };
  }
  const cache = EnvironmentCache.ofUser(serverEnv);
  const built = await buildLibraries(libraries, { dataDir, env, cache, signal, onProgress });
  await symlink(built.folder, place);
  return { path: built.activation.path, python: join(built.folder, "bin", "python") };
}

export type TaskCommandOptions = {
  readonly dataDir: string;
  readonly view: PathView;
  /** A folder that only this task uses. */
  readonly folder: string;
  /** The interpreter for Python files. */
  readonly python: string;
  readonly spark?: TaskSpark | undefined;
};

/** A task's command, with paths as the task sees them. Throws `AppError` for a missing file. */
export async function taskCommand(
  task: JobTask,
  options: TaskCommandOptions,
): Promise<readonly [string, ...string[]]> {
  const { view, python } = options;
  if (task.kind === "spark_python") {
    return [python, ...(await pythonFile(task.pythonFile, options)), ...task.parameters.map(view.text)];
  }
  if (task.kind === "spark_submit") return submitCommand(task.parameters, options);
  const [program, ...args] = task.command;
  if (program === undefined) {
    throw new AppError(
      "INVALID_PARAMETER_VALUE",
      "shell_command_task.command must name a program, got an empty list",
    );
  }
  return [view.text(program), ...args.map(view.text)];
}

/**
 * `spark-submit` finds the cluster through environment variables. It does not support `dbfs:/`, so such paths are
 * replaced by the files' local paths.
 */
function submitCommand(
  parameters: readonly string[],
  { spark, view }: TaskCommandOptions,
): readonly [string, ...string[]] {
  if (spark === undefined) {
    const message =
      "a spark_submit_task needs Spark: a cluster with workers (num_workers), on a server that can start Spark";
    throw new AppError("INVALID_PARAMETER_VALUE", message);
  }
  const inFiles = (text: string): string => text.replaceAll(/(^|,)dbfs:\//g, "$1/dbfs/");
  const args = parameters.map((each) => view.text(inFiles(each)));
  return [join(spark.sparkHome, "bin", "spark-submit"), ...args];
}

/** Runs a copy of a file as if it were in its original folder, so that it can import modules from there. */
const RUN_COPY =
  "import runpy, sys; sys.path[0] = sys.argv[1]; del sys.argv[:2]; runpy.run_path(sys.argv[0], run_name='__main__')";

/** The file in DBFS, next to its modules; or a copy of it if paths in its text have to be rewritten. */
async function pythonFile(
  name: string,
  { dataDir, view, folder }: TaskCommandOptions,
): Promise<readonly string[]> {
  const { path, real } = await getDbfsFile(dataDir, name);
  if (view.kind === "namespace") return [view.path(`/dbfs/${path}`)];
  const text = await readFile(real, "utf8");
  const rewritten = view.text(text);
  if (rewritten === text) return [real];
  const copy = join(folder, "python-file.py");
  await writeFile(copy, rewritten);
  return ["-c", RUN_COPY, dirname(real), copy];
}
