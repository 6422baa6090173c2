import type {
  Job,
  JobRun,
  JobRunParameters,
  JobRunState,
  JobRunType,
  JobSettingsWire,
  JobTaskSpec,
} from "@flightdeck/protocol";
import type { Page } from "../search/page.ts";

export type CreateJobInput = { readonly settings: JobSettingsWire; readonly creatorUserName: string };

/** Where a listing begins, and how much of it is given. */
export type JobPageInput = {
  readonly maxResults: number;
  readonly offset?: number | undefined;
  readonly pageToken?: string | undefined;
};

export type ListJobsInput = JobPageInput & { readonly name?: string | undefined };

export type ListJobRunsInput = JobPageInput & {
  readonly jobId?: number | undefined;
  readonly only?: "active" | "completed" | undefined;
  readonly runType?: JobRunType | undefined;
  readonly startTimeFromMs?: number | undefined;
  readonly startTimeToMs?: number | undefined;
};

export type SubmitJobRunInput = {
  /** The job that it is a run of; without one, it is a run by itself. */
  readonly jobId?: number | undefined;
  readonly runName: string;
  readonly creatorUserName: string;
  /** The token that it is submitted by: its task's token is made with that one. */
  readonly submitTokenId?: string | undefined;
  readonly spec: JobTaskSpec;
  readonly parameters?: JobRunParameters | undefined;
  /** The same one gives the same run. */
  readonly idempotencyToken?: string | undefined;
};

/** What only whoever carries out a run understands, such as where its process is found. */
export type JobDocument = Readonly<Record<string, unknown>>;

/** A server process that carries out runs. */
export type JobOwner = {
  /** Random; another one each time that a server starts. */
  readonly ownerId: string;
  /** Servers with the same one see each other's processes. */
  readonly host: string;
  /** By which a server of the same host tells whether this one still runs. */
  readonly process: JobDocument;
};

/** A run that has an owner. */
export type OwnedJobRun = {
  readonly run: JobRun;
  /** Since its task has started. */
  readonly handle?: JobDocument | undefined;
  /** The token that it was submitted by; absent where nobody needed one. */
  readonly submitTokenId?: string | undefined;
  /** The token that its task has. */
  readonly tokenId?: string | undefined;
  /** Present when somebody wants it to end: what is then to be said of it. */
  readonly cancelMessage?: string | undefined;
};

/** What is absent stays as it is. */
export type JobRunChange = {
  readonly lifeCycleState?: "PENDING" | "RUNNING" | undefined;
  readonly stateMessage?: string | undefined;
  readonly clusterId?: string | undefined;
  readonly handle?: JobDocument | undefined;
  readonly tokenId?: string | undefined;
  readonly taskStartTimeMs?: number | undefined;
};

export type EndedJobRunState = JobRunState & Required<Pick<JobRunState, "resultState">>;

/**
 * Jobs and the queue of their runs. The same promises as `TrackingStore`. An absent job or run throws
 * `INVALID_PARAMETER_VALUE` in Databricks' words.
 *
 * Runs leave the queue in the order in which they came into it. One that has left it belongs to one server process, and
 * only that process changes it: what another does to it says `false` and has no effect. Owners have a lease, which they
 * renew; whoever finds a lease run out, or knows that its owner is dead, may take over what that one had.
 */
export interface JobStore {
  createJob(input: CreateJobInput): Promise<number>;
  getJob(jobId: number): Promise<Job>;
  /** Newest first; `name` is compared whole, upper and lower case alike. */
  listJobs(input: ListJobsInput): Promise<Page<Job>>;
  replaceJobSettings(jobId: number, settings: JobSettingsWire): Promise<void>;
  /** Its runs stay, and those that have not ended go on. */
  deleteJob(jobId: number): Promise<void>;

  /**
   * Puts a run into the queue and gives its id. It is skipped when its job has as many runs as it may, and does not queue.
   * Throws `QUOTA_EXCEEDED` when the queue is full, or a quarter of it is the creator's.
   */
  submitRun(input: SubmitJobRunInput): Promise<number>;
  getRun(jobRunId: number): Promise<JobRun>;
  /** Newest first. */
  listRuns(input: ListJobRunsInput): Promise<Page<JobRun>>;
  /** Throws `INVALID_PARAMETER_VALUE` for one that has not ended. */
  deleteRun(jobRunId: number): Promise<void>;
  /** A run in the queue ends at once, another by its owner. No error when it had ended. */
  requestCancel(jobRunId: number, message: string): Promise<void>;
  /** Of one job, or of all when only those in the queue are meant. */
  requestCancelAll(which: { readonly jobId: number } | "queued", message: string): Promise<void>;

  /** Takes the first run of the queue that may run now, and gives the owner a lease. */
  claimNextRun(owner: JobOwner, leaseMs: number): Promise<OwnedJobRun | undefined>;
  /** False when the lease had run out and what the owner had was taken over. */
  renewLease(ownerId: string, leaseMs: number): Promise<boolean>;
  /** Those that have had runs and were not taken over, and until when their leases last. */
  listOwners(): Promise<readonly (JobOwner & { readonly leaseUntilMs: number })[]>;
  /** Runs that have not ended and that an owner has. */
  listOwnedRuns(ownerId: string): Promise<readonly OwnedJobRun[]>;
  /**
   * What another owner had now is `owner`'s. Nothing is when its lease lasts, unless it is known to be dead, or when
   * somebody else was faster.
   */
  takeOver(input: TakeOverInput): Promise<readonly OwnedJobRun[]>;
  updateOwnedRun(ownerId: string, jobRunId: number, change: JobRunChange): Promise<boolean>;
  /** Puts a run whose task has not started back to its place in the queue. */
  releaseRun(ownerId: string, jobRunId: number): Promise<boolean>;
  /** Ends a run, and the cluster that was made for it. */
  finishRun(ownerId: string, jobRunId: number, state: EndedJobRunState): Promise<boolean>;
}

export type TakeOverInput = {
  readonly owner: JobOwner;
  readonly leaseMs: number;
  readonly fromOwnerId: string;
  readonly isDead: boolean;
};
