import type { ProcessExit, ProcessOutput } from "@flightdeck/compute";
import type { EnvironmentPlan, OnEnvironmentProgress } from "@flightdeck/environments";
import type { RunReference } from "../environment/process-environment.ts";
import type { Download } from "../parameters/fetch-path-values.ts";
import type { ResolvedParameters } from "../parameters/resolve-parameters.ts";
import type { EntryPoint, Project } from "../project/project.ts";

/** What is known when a command starts. */
export type StartedRun = { readonly runId: string; readonly experimentId: string; readonly command: string };

/** Where output goes, and what stops a job. */
export type JobControl = {
  /** Hands our stdout down, so that the program sees the terminal. Default: output goes to `onOutput`. */
  readonly inheritStdout?: boolean;
  readonly inheritStdin?: boolean;
  readonly onOutput?: (output: ProcessOutput) => void | Promise<void>;
  /** Told once, just before the command runs. */
  readonly onStart?: (started: StartedRun) => void;
  /** Told while the environment is built: at least once a second. */
  readonly onEnvironment?: OnEnvironmentProgress;
  /** Cancels politely. */
  readonly signal?: AbortSignal;
  /** Cancels at once. */
  readonly killSignal?: AbortSignal;
  /** Program and arguments to run when our own process was killed and the job has been ended: who else would close the run? */
  readonly onOrphaned?: (runId: string) => readonly string[];
};

/** A run and all that it takes to launch it. */
export type ProjectJob = {
  readonly project: Project;
  readonly entryPoint: EntryPoint;
  readonly parameters: ResolvedParameters;
  /** Absent: the programs on PATH. */
  readonly environment?: EnvironmentPlan | undefined;
  readonly run: RunReference;
  /** The environment that the job's own is made from. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly download: Download;
  /** Where fetched files go, and stay; absent: a temporary folder that is removed afterwards. */
  readonly storageDir?: string | undefined;
  readonly control: JobControl;
};

/**
 * Where a project runs. `launch` resolves when the job has ended, however it ended, and leaves nothing running; it
 * throws when the job could not be started. It does not touch the run's status.
 */
export type ProjectBackend = {
  readonly name: string;
  launch(job: ProjectJob): Promise<ProcessExit>;
};
