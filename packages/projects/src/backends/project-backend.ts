import type { MlflowClient } from "@flightdeck/client";
import type { ProcessExit, ProcessOutput } from "@flightdeck/compute";
import type { EnvironmentPlan, OnEnvironmentProgress } from "@flightdeck/environments";
import type { RunReference } from "../environment/process-environment.ts";
import type { Download } from "../parameters/fetch-path-values.ts";
import type { ResolvedParameters } from "../parameters/resolve-parameters.ts";
import type { EntryPoint, Project } from "../project/project.ts";
import type { BackendConfig } from "./parse-backend-config.ts";

/** What is known when a command starts. */
export type StartedRun = { readonly runId: string; readonly experimentId: string; readonly command: string };

/** A job that was handed to a workspace. */
export type SubmittedJob = {
  readonly runId: string;
  /** The workspace's own number for this run of the job. */
  readonly jobRunId: number;
  /** A page that shows it. */
  readonly runPageUrl?: string;
};

/** How far a job of a workspace has come, in the workspace's words. */
export type JobState = {
  /** `PENDING`, `RUNNING`, `TERMINATED` and others. */
  readonly lifeCycleState: string;
  /** `SUCCESS`, `FAILED`, `TIMEDOUT` or `CANCELED`; absent while it is not known. */
  readonly resultState?: string;
  /** Empty when there is nothing to say. */
  readonly message: string;
};

/** Where output goes, and what stops a job. */
export type JobControl = {
  /** Hands our stdout down, so that the program sees the terminal. Default: output goes to `onOutput`. */
  readonly inheritStdout?: boolean;
  readonly inheritStdin?: boolean;
  readonly onOutput?: (output: ProcessOutput) => void | Promise<void>;
  /** Told once, just before the command runs. */
  readonly onStart?: (started: StartedRun) => void;
  /** Told once, when a job was handed to a workspace. */
  readonly onJob?: (job: SubmittedJob) => void;
  /** Told whenever such a job's state changes. */
  readonly onJobState?: (state: JobState) => void;
  /** Told while the environment is built: at least once a second. */
  readonly onEnvironment?: OnEnvironmentProgress;
  /** Cancels politely. */
  readonly signal?: AbortSignal;
  /** Cancels at once. */
  readonly killSignal?: AbortSignal;
  /** Program and arguments to run when our own process was killed and the job has been ended: who else would close the run? */
  readonly onOrphaned?: (runId: string) => readonly string[];
};

/** What was asked for, as it was asked. */
export type JobRequest = {
  readonly uri: string;
  /** Without defaults. */
  readonly parameters: Readonly<Record<string, string>>;
  readonly envManager?: string | undefined;
  readonly backendConfig?: BackendConfig | undefined;
  /** Whether the job's end is waited for, where it goes on without us. */
  readonly wait: boolean;
};

/** What a backend sees before anything is recorded. */
export type BackendCheck = {
  readonly project: Project;
  readonly request: JobRequest;
  /** Empty: the data folder. */
  readonly trackingUri: string;
};

/** A run and all that it takes to launch it. */
export type ProjectJob = {
  readonly project: Project;
  readonly entryPoint: EntryPoint;
  readonly parameters: ResolvedParameters;
  /** Absent: the programs on PATH. */
  readonly environment?: EnvironmentPlan | undefined;
  readonly run: RunReference;
  readonly request: JobRequest;
  /** Of the run's tracking server. */
  readonly client: MlflowClient;
  /** The environment that the job's own is made from. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly download: Download;
  /** Where fetched files go, and stay; absent: a temporary folder that is removed afterwards. */
  readonly storageDir?: string | undefined;
  readonly control: JobControl;
};

/**
 * Where a project runs. `launch` resolves when the job has ended, however it ended, and leaves nothing running; it
 * throws when the job could not be started. Undefined means that the job was started elsewhere, and was not to be waited
 * for. It does not touch the run's status.
 */
export type ProjectBackend = {
  readonly name: string;
  /** Whether jobs run on another machine, where paths are others and environments are built. */
  readonly isRemote: boolean;
  /** Throws `INVALID_PARAMETER_VALUE` for what cannot run there. */
  check(request: BackendCheck): void;
  launch(job: ProjectJob): Promise<ProcessExit | undefined>;
};
