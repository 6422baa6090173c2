import type {
  Job,
  JobRun,
  JobRunParameters,
  JobRunResultState,
  JobRunState,
  JobRunType,
  JobSettingsWire,
  JobTaskSpec,
} from "@flightdeck/protocol";
import type { Page } from "../search/page.ts";

/** Input of `createJob`. */
export type NewJob = { readonly settings: JobSettingsWire; readonly creatorUserName: string };

/** Start and size of a page. */
export type JobPageInput = {
  readonly maxResults: number;
  readonly offset?: number | undefined;
  readonly pageToken?: string | undefined;
};

/** Filters and page of `listJobs`. */
export type JobQuery = JobPageInput & { readonly name?: string | undefined };

/** Filters and page of `listRuns`. Times are UTC milliseconds; both ends are inclusive. */
export type JobRunQuery = JobPageInput & {
  readonly jobId?: number | undefined;
  readonly only?: "active" | "completed" | undefined;
  readonly runType?: JobRunType | undefined;
  readonly startTimeFromMs?: number | undefined;
  readonly startTimeToMs?: number | undefined;
};

/** Input of `submitRun`. */
export type SubmitJobRunInput = {
  /** The job to run. Absent for a one-time run. */
  readonly jobId?: number | undefined;
  readonly runName: string;
  readonly creatorUserName: string;
  /** The token that submits the run. The task's token is derived from it. */
  readonly submitTokenId?: string | undefined;
  readonly spec: JobTaskSpec;
  readonly parameters?: JobRunParameters | undefined;
  /** Submitting again with the same token returns the same run. */
  readonly idempotencyToken?: string | undefined;
};

/** A JSON document that only the run's executor interprets, for example how to find its process. */
export type JobDocument = Readonly<Record<string, unknown>>;

/** A server process that executes runs. */
export type JobOwner = {
  /** Random, new each time a server starts. */
  readonly ownerId: string;
  /** Servers with the same value can see each other's processes. */
  readonly host: string;
  /** Lets a server on the same host check whether this process is still alive. */
  readonly process: JobDocument;
};

/** A run that has an owner. */
export type OwnedJobRun = {
  readonly run: JobRun;
  /** Present once the task has started. */
  readonly handle?: JobDocument | undefined;
  /** The token that submitted the run, if one was needed. */
  readonly submitTokenId?: string | undefined;
  /** The token given to the task. */
  readonly tokenId?: string | undefined;
  /** Present when cancellation was requested: the state message for the cancelled run. */
  readonly cancelMessage?: string | undefined;
};

/** Changes to a run. Absent fields keep their value. */
export type JobRunChange = {
  readonly lifeCycleState?: "PENDING" | "RUNNING" | undefined;
  readonly stateMessage?: string | undefined;
  readonly clusterId?: string | undefined;
  readonly handle?: JobDocument | undefined;
  readonly tokenId?: string | undefined;
  readonly taskStartTimeMs?: number | undefined;
};

/** The state of a finished run, which always has a result. */
export type EndedJobRunState = JobRunState & { readonly resultState: JobRunResultState };

/**
 * Jobs and the queue of their runs. Makes the same guarantees as `TrackingStore`. A missing job or run throws
 * `INVALID_PARAMETER_VALUE` with Databricks' message.
 *
 * Runs leave the queue in the order in which they were added. A claimed run belongs to one server process, its owner, and
 * only the owner can change it: calls by others return `false` and have no effect. Owners hold a lease and renew it. When a
 * lease expires, or its owner is known to be dead, another server may take over the owner's runs.
 */
export interface JobStore {
  createJob(input: NewJob): Promise<number>;
  getJob(jobId: number): Promise<Job>;
  /** Newest first. `name` must match exactly, ignoring case. */
  listJobs(input: JobQuery): Promise<Page<Job>>;
  replaceJobSettings(jobId: number, settings: JobSettingsWire): Promise<void>;
  /** Keeps its runs; active ones continue. */
  deleteJob(jobId: number): Promise<void>;

  /**
   * Adds a run to the queue and returns its id. The run is skipped when its job has reached `max_concurrent_runs` and does not
   * queue. Throws `QUOTA_EXCEEDED` when the queue is full or the creator already has a quarter of it.
   */
  submitRun(input: SubmitJobRunInput): Promise<number>;
  getRun(jobRunId: number): Promise<JobRun>;
  /** Newest first. */
  listRuns(input: JobRunQuery): Promise<Page<JobRun>>;
  /** Throws `INVALID_PARAMETER_VALUE` for a run that has not ended. */
  deleteRun(jobRunId: number): Promise<void>;
  /** Ends a queued run at once; asks the owner to end a claimed one. No error when it has already ended. */
  requestCancel(jobRunId: number, message: string): Promise<void>;
  /** Cancels all runs of a job, or all queued runs. */
  requestCancelAll(which: { readonly jobId: number } | "queued", message: string): Promise<void>;

  /** Takes the first run in the queue that may run now, and gives the owner a lease. */
  claimNextRun(owner: JobOwner, leaseMs: number): Promise<OwnedJobRun | undefined>;
  /** Returns false when the lease had expired and the owner's runs were taken over. */
  renewLease(ownerId: string, leaseMs: number): Promise<boolean>;
  /** Owners that have claimed runs and were not taken over, with the end of their leases. */
  listOwners(): Promise<readonly (JobOwner & { readonly leaseUntilMs: number })[]>;
  /** The owner's runs that have not ended. */
  listOwnedRuns(ownerId: string): Promise<readonly OwnedJobRun[]>;
  /**
   * Transfers another owner's runs to `owner` and returns them. Returns nothing when the lease is still valid and the other
   * owner is not known to be dead, or when another server was faster.
   */
  takeOver(input: TakeOverInput): Promise<readonly OwnedJobRun[]>;
  updateOwnedRun(ownerId: string, jobRunId: number, change: JobRunChange): Promise<boolean>;
  /** Returns a run whose task has not started to its place in the queue. */
  releaseRun(ownerId: string, jobRunId: number): Promise<boolean>;
  /** Ends a run and terminates the cluster that was created for it. */
  finishRun(ownerId: string, jobRunId: number, state: EndedJobRunState): Promise<boolean>;
}

/** Input of `takeOver`. */
export type TakeOverInput = {
  readonly owner: JobOwner;
  readonly leaseMs: number;
  readonly fromOwnerId: string;
  readonly isDead: boolean;
};
