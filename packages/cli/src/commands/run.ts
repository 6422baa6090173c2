import type { ProcessOutput } from "@flightdeck/compute";
import { AppError, isAppError } from "@flightdeck/core";
import {
  type JobState,
  type PreparedProject,
  prepareProject,
  type ProjectRun,
  runPreparedProject,
  type RunProjectOptions,
  type SubmittedJob,
} from "@flightdeck/projects";
import type { Command } from "commander";
import { constants } from "node:os";
import { fileURLToPath } from "node:url";
import { note, writeThrough } from "../output/print.ts";
import { showEnvironment } from "../output/progress.ts";
import { type StopSignals, watchStopSignals } from "../stop-signals.ts";
import { DATA_DIR_OPTION, type DataDirFlag, dataDirOf } from "../data-dir.ts";
import { PATIENT_RETRIES, type Tracking, withTracking } from "../tracking.ts";
import { BEST_EFFORT_OPTION, collectPair, ENV_MANAGER_OPTION, refuse } from "./options.ts";

const NO_DOCKER = "Docker projects cannot be run yet.";

type RunFlags = DataDirFlag & {
  readonly entryPoint: string;
  readonly version?: string | undefined;
  readonly paramList?: Readonly<Record<string, string>> | undefined;
  readonly experimentName?: string | undefined;
  readonly experimentId?: string | undefined;
  readonly backend: string;
  readonly backendConfig?: string | undefined;
  readonly envManager?: string | undefined;
  readonly bestEffort?: boolean | undefined;
  readonly conda: boolean;
  readonly wait: boolean;
  readonly storageDir?: string | undefined;
  readonly runId?: string | undefined;
  readonly runName?: string | undefined;
  readonly buildImage?: boolean | undefined;
};

const BIN = fileURLToPath(new URL("../../bin/flightdeck.mjs", import.meta.url));

/** Shells report death by a signal as 128 plus the signal number. */
const SIGNAL_EXIT_BASE = 128;

/** `flightdeck run`, with the options of `mlflow run`. */
export function defineRun(run: Command): void {
  run
    .argument("<URI>", "The project: a folder, git repository or zip file, with an optional #subdirectory.")
    .option(
      "-e, --entry-point <NAME>",
      "Entry point of the project, or the path of a .py, .sh, .ts, .js or .mjs script.",
      "main",
    )
    .option("-v, --version <VERSION>", "Git branch, tag or commit to run.")
    .option("-P, --param-list <NAME=VALUE>", "A parameter; can be repeated.", collectPair)
    .option("-A, --docker-args <NAME=VALUE>", NO_DOCKER, refuse(NO_DOCKER))
    .option("--experiment-name <TEXT>", "Experiment of the run; created if it does not exist.")
    .option("--experiment-id <TEXT>", "Experiment of the run, by its id.")
    .option(
      "-b, --backend <BACKEND>",
      "Where to run: local, or databricks to run as a job in a workspace.",
      "local",
    )
    .option(
      "-c, --backend-config <FILE>",
      "Configuration of the backend, such as the cluster of a databricks job, as JSON or the path of a .json file.",
    )
    .option("--no-wait", "Return as soon as the job is submitted.")
    .option(...ENV_MANAGER_OPTION)
    .option(...BEST_EFFORT_OPTION)
    .option("--no-conda", "The same as --env-manager local.")
    .option(
      "--storage-dir <TEXT>",
      "Folder for downloads of URIs that are given as parameters of type path. It is not deleted.",
    )
    .option("--run-id <RUN_ID>", "Log to this run instead of a new one.")
    .option("--run-name <RUN_NAME>", "The name of the run.")
    .option("--build-image", NO_DOCKER)
    .option(...DATA_DIR_OPTION)
    .action(async (uri: string, flags: RunFlags) => {
      process.exitCode = await runProjectCommand(uri, flags);
    });
}

/** Runs a project and returns the exit code: that of its process, or that of the signal that stopped it. */
async function runProjectCommand(uri: string, flags: RunFlags): Promise<number> {
  if (flags.buildImage)
    throw new AppError("NOT_IMPLEMENTED", "--build-image: Docker projects cannot be run yet");
  const stop = watchStopSignals();
  stop.signal.addEventListener("abort", tellStopping);
  try {
    const run = await prepareAndRun(uri, flags, stop);
    report(run, flags.entryPoint);
    const received = stop.received();
    return received === undefined ? run.exitCode : SIGNAL_EXIT_BASE + constants.signals[received];
  } catch (error) {
    const received = stop.received();
    if (received === undefined || !isAppError(error, "CANCELLED")) throw error;
    note("stopped before the program had started");
    return SIGNAL_EXIT_BASE + constants.signals[received];
  } finally {
    stop.dispose();
  }
}

async function prepareAndRun(uri: string, flags: RunFlags, stop: StopSignals): Promise<ProjectRun> {
  const prepared = await prepareProject(optionsOf(uri, flags), { signal: stop.signal, onFetch: note });
  try {
    const dataDir = dataDirOf(flags);
    return await withTracking(
      flags,
      (tracking) => runIn({ tracking, prepared, stop, dataDir }),
      PATIENT_RETRIES,
    );
  } finally {
    await prepared.close();
  }
}

type RunInOptions = {
  readonly tracking: Tracking;
  readonly prepared: PreparedProject;
  readonly stop: StopSignals;
  readonly dataDir: string;
};

async function runIn({ tracking, prepared, stop, dataDir }: RunInOptions): Promise<ProjectRun> {
  return await runPreparedProject(prepared, {
    ...tracking,
    download: async (uri, folder, signal) => {
      const { downloadArtifacts } = await import("@flightdeck/client"); // Only a few projects download anything.
      return await downloadArtifacts(tracking.client, uri, folder, signal === undefined ? {} : { signal });
    },
    control: {
      signal: stop.signal,
      killSignal: stop.killSignal,
      onOrphaned: (runId) => [
        process.execPath,
        BIN,
        "runs",
        "close",
        "--run-id",
        runId,
        "--data-dir",
        dataDir,
      ],
      inheritStdout: true,
      // A process in another session cannot read from the terminal, but it can read from a pipe or file.
      inheritStdin: !process.stdin.isTTY,
      onEnvironment: showEnvironment(),
      onOutput: ({ stream, chunk }: ProcessOutput) => writeThrough(process[stream], chunk),
      onStart: ({ runId, command }) => note(`run ${runId}: ${command}`),
      onJob: showJob,
      onJobState: showJobStates(),
    },
  });
}

function optionsOf(uri: string, flags: RunFlags): RunProjectOptions {
  const { paramList, conda, ...options } = flags;
  const enclosing = process.env["MLFLOW_RUN_ID"];
  return {
    ...options,
    uri,
    parameters: paramList,
    envManager: flags.envManager ?? (conda ? undefined : "local"),
    // Set when a project runs another project: the enclosing run is in the environment of its process.
    parentRunId: enclosing === "" ? undefined : enclosing,
  };
}

function report({ runId, status, exitCode, lastLines }: ProjectRun, entryPoint: string): void {
  if (status === "RUNNING") return note(`run ${runId} continues in the workspace`);
  if (status !== "FAILED") return note(`run ${runId} ${status}`);
  const last = lastLines.at(-1);
  const ending = `entry point "${entryPoint}" ended with exit code ${exitCode}`;
  note(`run ${runId} FAILED: ${ending}${last === undefined ? "" : `: ${last.trim()}`}`);
}

/** Shown because a program may take a while to clean up. */
function tellStopping(): void {
  if (process.stderr.isTTY) note("stopping; press Ctrl-C again to stop at once");
}

/** Shows the id and address of a job submitted to a workspace. */
function showJob({ runId, jobRunId, runPageUrl }: SubmittedJob): void {
  note(`run ${runId}: submitted as job run ${jobRunId}${runPageUrl === undefined ? "" : `, ${runPageUrl}`}`);
}

/** Shows each state of a job with the part of its message that is new. */
function showJobStates(): (state: JobState) => void {
  let said = "";
  return ({ lifeCycleState, resultState, message }) => {
    const state = resultState === undefined ? lifeCycleState : `${lifeCycleState} ${resultState}`;
    const fresh = said.includes(message) ? "" : message.replace(said, "").trim();
    if (message.length > said.length) said = message;
    note(`job ${state}${fresh === "" ? "" : `: ${fresh}`}`);
  };
}
