import type { ProcessOutput } from "@flightdeck/compute";
import { AppError, isAppError } from "@flightdeck/core";
import {
  type PreparedProject,
  prepareProject,
  type ProjectRun,
  runPreparedProject,
  type RunProjectOptions,
} from "@flightdeck/projects";
import { constants } from "node:os";
import { fileURLToPath } from "node:url";
import { note } from "../../output/print.ts";
import { showEnvironment } from "../../output/show-environment.ts";
import { writeThrough } from "../../output/write-through.ts";
import { type StopSignals, watchStopSignals } from "../../process/stop-signals.ts";
import { type DataDirFlag, dataDirOf } from "../../tracking/data-dir.ts";
import { type Tracking, withTracking } from "../../tracking/with-tracking.ts";
import { showJob, showJobStates } from "./show-job.ts";

export type RunFlags = DataDirFlag & {
  readonly entryPoint: string;
  readonly version?: string;
  readonly paramList?: Readonly<Record<string, string>>;
  readonly experimentName?: string;
  readonly experimentId?: string;
  readonly backend: string;
  readonly backendConfig?: string;
  readonly envManager?: string;
  readonly bestEffort?: boolean;
  readonly conda: boolean;
  readonly wait: boolean;
  readonly storageDir?: string;
  readonly runId?: string;
  readonly runName?: string;
  readonly buildImage?: boolean;
};

const BIN = fileURLToPath(new URL("../../../bin/flightdeck.mjs", import.meta.url));

/** Shells report a death by signal as 128 plus its number. */
const SIGNAL_EXIT_BASE = 128;

/** Runs a project and gives the exit code: the process's own, or that of the signal that stopped it. */
export async function runProjectCommand(uri: string, flags: RunFlags): Promise<number> {
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
    return await withTracking(flags, (tracking) => runIn({ tracking, prepared, stop, dataDir }));
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
      const { downloadArtifacts } = await import("@flightdeck/client"); // Few projects download anything.
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
      // A terminal cannot be read from another session; a pipe or file can.
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
    // A project that runs another one: its process has the enclosing run in its environment.
    parentRunId: enclosing === "" ? undefined : enclosing,
  };
}

function report({ runId, status, exitCode, lastLines }: ProjectRun, entryPoint: string): void {
  if (status === "RUNNING") return note(`run ${runId} goes on in the workspace`);
  if (status !== "FAILED") return note(`run ${runId} ${status}`);
  const last = lastLines.at(-1);
  const ending = `entry point "${entryPoint}" ended with exit code ${exitCode}`;
  note(`run ${runId} FAILED: ${ending}${last === undefined ? "" : `: ${last.trim()}`}`);
}

/** A program may take its time to clean up. */
function tellStopping(): void {
  if (process.stderr.isTTY) note("stopping; press Ctrl-C again to stop at once");
}
