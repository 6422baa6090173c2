import type { MlflowClient } from "@flightdeck/client";
import type { ProcessExit, ProcessOutput } from "@flightdeck/compute";
import type { EnvironmentPlan, OnEnvironmentProgress } from "@flightdeck/environments";
import type { Download } from "../parameters/fetch-path-values.ts";
import type { ResolvedParameters } from "../parameters/resolve-parameters.ts";
import type { EntryPoint, Project } from "../project/project.ts";

/** Backend-specific configuration: for `databricks` the definition of a cluster. */
export type BackendConfig = Readonly<Record<string, unknown>>;

/** The run that a project logs to, as passed to its process. */
export type RunReference = {
  readonly runId: string;
  readonly experimentId: string;
  readonly trackingUri: string;
};

/** The run and command, known just before the command starts. */
export type StartedRun = { readonly runId: string; readonly experimentId: string; readonly command: string };

/** A job submitted to a workspace. */
export type SubmittedJob = {
  readonly runId: string;
  /** The workspace's id of this run of the job. */
  readonly jobRunId: number;
  /** The job run's page in the workspace. */
  readonly runPageUrl?: string | undefined;
};

/** The state of a job run, in the workspace's terms. */
export type JobState = {
  /** `PENDING`, `RUNNING`, `TERMINATED` and others. */
  readonly lifeCycleState: string;
  /** `SUCCESS`, `FAILED`, `TIMEDOUT` or `CANCELED`; absent until the job has ended. */
  readonly resultState?: string | undefined;
  /** May be empty. */
  readonly message: string;
};

/** Callbacks for a run's output and progress, and the signals that cancel it. */
export type RunControl = {
  /** Lets the program inherit our stdout, so that it sees the terminal. Default: output goes to `onOutput`. */
  readonly inheritStdout?: boolean | undefined;
  readonly inheritStdin?: boolean | undefined;
  readonly onOutput?: ((output: ProcessOutput) => void | Promise<void>) | undefined;
  /** Called once, just before the command runs. */
  readonly onStart?: ((started: StartedRun) => void) | undefined;
  /** Called once, after a job was submitted to a workspace. */
  readonly onJob?: ((job: SubmittedJob) => void) | undefined;
  /** Called whenever that job's state changes. */
  readonly onJobState?: ((state: JobState) => void) | undefined;
  /** Called at least once a second while the environment is being built. */
  readonly onEnvironment?: OnEnvironmentProgress | undefined;
  /** Cancels gracefully. */
  readonly signal?: AbortSignal | undefined;
  /** Cancels at once. */
  readonly killSignal?: AbortSignal | undefined;
  /** The argv of a program that closes the run if our own process is killed. It runs after the run's program has ended. */
  readonly onOrphaned?: ((runId: string) => readonly string[]) | undefined;
};

/** The caller's request, unchanged. */
export type ProjectRequest = {
  readonly uri: string;
  /** Without defaults. */
  readonly parameters: Readonly<Record<string, string>>;
  readonly envManager?: string | undefined;
  readonly backendConfig?: BackendConfig | undefined;
  /** Whether to wait for a remote job to end. */
  readonly wait: boolean;
};

/** The request as a backend checks it, before anything is recorded. */
export type BackendCheck = {
  readonly project: Project;
  readonly request: ProjectRequest;
  /** Empty for the local data folder. */
  readonly trackingUri: string;
};

/** A request that was checked against its project and can run. */
export type CheckedProject = {
  readonly project: Project;
  readonly entryPoint: EntryPoint;
  readonly parameters: ResolvedParameters;
  /** Absent to use the programs on PATH. */
  readonly environment?: EnvironmentPlan | undefined;
  readonly request: ProjectRequest;
  /** The environment variables that the process's own extend. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Where downloaded files are kept. Absent to use a temporary folder that is removed afterwards. */
  readonly storageDir?: string | undefined;
};

/** What a backend launches a project with: the run to log to, and the caller's client, downloader and callbacks. */
export type Launch = {
  readonly run: RunReference;
  /** For the run's tracking server. */
  readonly client: MlflowClient;
  readonly download: Download;
  readonly control: RunControl;
};

/**
 * Where a project runs. `launch` resolves when the process or job has ended, successfully or not, and leaves nothing
 * running. It throws if the process or job could not be started. It resolves with undefined if it submitted a job without
 * waiting for it. It does not change the run's status.
 */
export type ProjectBackend = {
  readonly name: string;
  /** Whether projects run on another machine, which has its own paths and builds the environment itself. */
  readonly isRemote: boolean;
  /** Throws `INVALID_PARAMETER_VALUE` for a request that this backend cannot run. */
  check(request: BackendCheck): void;
  launch(checked: CheckedProject, launch: Launch): Promise<ProcessExit | undefined>;
};
