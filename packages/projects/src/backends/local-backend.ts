import {
  type Activation,
  activatedVariables,
  activationScript,
  EnvironmentCache,
  linkNodeModules,
} from "@flightdeck/environments";
import { runProcess, type ProcessExit } from "@flightdeck/compute";
import { AppError } from "@flightdeck/core";
import { mkdir, mkdtemp } from "node:fs/promises";
import { join } from "node:path";
import { buildCommand } from "../command/build-command.ts";
import { processEnvironment } from "../environment/process-environment.ts";
import { fetchPathValues } from "../parameters/fetch-path-values.ts";
import { FetchedFolder } from "../source/fetched-folder.ts";
import type { JobControl, ProjectBackend, ProjectJob } from "./project-backend.ts";

/**
 * A command of several steps ends at an interrupt. Without this, bash goes on with the next step when the one that was
 * interrupted cleaned up and exited by itself.
 */
const STOP_ON_INTERRUPT = "trap 'exit 130' INT\n";

/** Runs the command with bash in the project's folder, as MLflow does. */
export const localBackend: ProjectBackend = {
  name: "local",
  isRemote: false,
  check({ project }) {
    if (project.sparkJob?.pythonFile === undefined) return;
    const message = `${project.sparkJob.pythonFile} is for Spark on a cluster (databricks_spark_job): run the project with -b databricks`;
    throw new AppError("INVALID_PARAMETER_VALUE", message);
  },
  async launch(job) {
    const { storageDir } = job;
    if (storageDir !== undefined) {
      let kept: Promise<string> | undefined;
      return await runCommand(job, () => (kept ??= newFolderIn(storageDir)));
    }
    let fetched: FetchedFolder | undefined;
    try {
      return await runCommand(job, async () => (fetched ??= await FetchedFolder.create("data")).path);
    } finally {
      await fetched?.remove();
    }
  },
};

async function newFolderIn(parent: string): Promise<string> {
  await mkdir(parent, { recursive: true });
  return await mkdtemp(join(parent, "flightdeck-run-"));
}

async function runCommand(job: ProjectJob, storageFolder: () => Promise<string>): Promise<ProcessExit> {
  const { control, download, parameters, run } = job;
  const activation = await activate(job);
  const fetching = { storageFolder, download, signal: control.signal };
  const declared = await fetchPathValues(parameters.declared, fetching);
  const command = buildCommand(job.entryPoint, { declared, extra: parameters.extra });
  control.onStart?.({ runId: run.runId, experimentId: run.experimentId, command });
  return await runProcess({
    ...stopAndOutput(control),
    onOrphaned: control.onOrphaned?.(run.runId),
    argv: ["bash", "-c", STOP_ON_INTERRUPT + activationScript(activation) + command],
    cwd: job.project.folder,
    env: activatedVariables(processEnvironment(run, job.env), activation),
    stdin: control.inheritStdin ? "inherit" : "ignore",
    stdout: control.inheritStdout ? "inherit" : "pipe",
  });
}

type StopAndOutput = Pick<JobControl, "signal" | "killSignal" | "onOutput">;

/** What the process takes as it is. */
function stopAndOutput({ signal, killSignal, onOutput }: JobControl): StopAndOutput {
  return {
    ...(signal !== undefined && { signal }),
    ...(killSignal !== undefined && { killSignal }),
    ...(onOutput !== undefined && { onOutput }),
  };
}

/** Without an environment, nothing changes. */
const NO_ACTIVATION: Activation = { path: [], variables: {} };

async function activate({ environment, env, project, run, control }: ProjectJob): Promise<Activation> {
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
