import { type ProcessExit, runProcess } from "@flightdeck/compute";
import { invalid } from "@flightdeck/core";
import {
  activatedVariables,
  type Activation,
  activationScript,
  EnvironmentCache,
  linkNodeModules,
} from "@flightdeck/environments";
import { mkdir, mkdtemp } from "node:fs/promises";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { buildCommand } from "../command/build-command.ts";
import { fetchPathValues } from "../parameters/fetch-path-values.ts";
import { FetchedFolder } from "../source/fetched-folder.ts";
import type { CheckedProject, Launch, ProjectBackend, RunReference } from "./project-backend.ts";

/**
 * Ends a multi-step command on an interrupt. Without this, bash continues with the next step if the interrupted one caught
 * the signal and exited normally.
 */
const STOP_ON_INTERRUPT = "trap 'exit 130' INT\n";

/** Runs the command with bash in the project's folder, as MLflow does. */
export const localBackend: ProjectBackend = {
  name: "local",
  isRemote: false,
  check({ project }) {
    if (project.sparkJob?.pythonFile === undefined) return;
    const message = `${project.sparkJob.pythonFile} needs Spark on a cluster (databricks_spark_job): run the project with -b databricks`;
    throw invalid(message);
  },
  async launch(checked, launch) {
    const { storageDir } = checked;
    if (storageDir !== undefined) {
      let kept: Promise<string> | undefined;
      return await runCommand(checked, launch, () => (kept ??= newFolderIn(storageDir)));
    }
    let fetched: FetchedFolder | undefined;
    try {
      return await runCommand(
        checked,
        launch,
        async () => (fetched ??= await FetchedFolder.create("data")).path,
      );
    } finally {
      await fetched?.remove();
    }
  },
};

type Environment = Readonly<Record<string, string | undefined>>;

async function newFolderIn(parent: string): Promise<string> {
  await mkdir(parent, { recursive: true });
  return await mkdtemp(join(parent, "flightdeck-run-"));
}

async function runCommand(
  checked: CheckedProject,
  launch: Launch,
  storageFolder: () => Promise<string>,
): Promise<ProcessExit> {
  const { project, entryPoint, parameters, env } = checked;
  const { run, download, control } = launch;
  const activation = await activate(checked, launch);
  const fetching = { storageFolder, download, signal: control.signal };
  const declared = await fetchPathValues(parameters.declared, fetching);
  const command = buildCommand(entryPoint, { declared, extra: parameters.extra });
  control.onStart?.({ runId: run.runId, experimentId: run.experimentId, command });
  return await runProcess({
    signal: control.signal,
    killSignal: control.killSignal,
    onOutput: control.onOutput,
    onOrphaned: control.onOrphaned?.(run.runId),
    argv: ["bash", "-c", STOP_ON_INTERRUPT + activationScript(activation) + command],
    cwd: project.folder,
    env: activatedVariables(processEnvironment(run, env), activation),
    stdin: control.inheritStdin ? "inherit" : "ignore",
    stdout: control.inheritStdout ? "inherit" : "pipe",
  });
}

/** For projects without an environment. */
const NO_ACTIVATION: Activation = { path: [], variables: {} };

async function activate(
  { environment, env, project }: CheckedProject,
  { run, control }: Launch,
): Promise<Activation> {
  if (environment === undefined) return NO_ACTIVATION;
  const { signal, onEnvironment: onProgress } = control;
  const onOrphaned = control.onOrphaned?.(run.runId);
  const { folder } = await EnvironmentCache.ofUser(env).ensure(environment, {
    env,
    signal,
    onProgress,
    onOrphaned,
  });
  const activation = environment.activation(folder);
  if (activation.nodeModules !== undefined) await linkNodeModules(project.folder, activation.nodeModules);
  return activation;
}

/**
 * The environment of a project's process: ours, plus the run to log to and the running Node first on PATH. So `node` in a
 * command is a Node that runs TypeScript, unless the project's environment brings its own. Node programs can import our
 * packages wherever the project is stored. Python's output is unbuffered, so that it can be streamed.
 */
function processEnvironment(run: RunReference, env: Environment): Environment {
  // The id decides. Clients fail when a name of another experiment is set as well.
  const { MLFLOW_EXPERIMENT_NAME: _, ...rest } = env;
  const path = rest["PATH"];
  const node = dirname(process.execPath);
  return {
    PYTHONUNBUFFERED: "1",
    ...rest,
    PATH: path === undefined || path === "" ? node : `${node}${delimiter}${path}`,
    NODE_OPTIONS: withRequire(rest["NODE_OPTIONS"]),
    MLFLOW_RUN_ID: run.runId,
    MLFLOW_EXPERIMENT_ID: run.experimentId,
    MLFLOW_TRACKING_URI: run.trackingUri,
  };
}

/** Quoted, because the path may contain spaces (https://nodejs.org/api/cli.html#node_optionsoptions). */
function withRequire(options: string | undefined): string {
  const hook = fileURLToPath(new URL("find-flightdeck.cjs", import.meta.url));
  const require = `--require ${JSON.stringify(hook)}`;
  return options === undefined || options === "" ? require : `${options} ${require}`;
}
