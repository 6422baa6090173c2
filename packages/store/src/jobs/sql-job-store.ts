import type { Job, JobRun, JobSettingsWire } from "@flightdeck/protocol";
import type { StoreContext } from "../access/store-context.ts";
import type { Database } from "../database/work.ts";
import type { Page } from "../search/page.ts";
import * as owners from "./job-owners.ts";
import * as owned from "./job-owners.ts";
import * as queue from "./job-queue.ts";
import { getJobRunRow } from "./job-rows.ts";
import * as runs from "./job-runs.ts";
import type {
  CreateJobInput,
  EndedJobRunState,
  JobOwner,
  JobRunChange,
  JobStore,
  ListJobRunsInput,
  ListJobsInput,
  OwnedJobRun,
  SubmitJobRunInput,
  TakeOverInput,
} from "./job-store.ts";
import * as jobs from "./jobs.ts";

/** Jobs and their queue in any SQL database: each method is one piece of work in one transaction. */
export class SqlJobStore implements JobStore {
  readonly #database: Database;
  readonly #context: StoreContext;

  constructor(database: Database, context: StoreContext) {
    this.#database = database;
    this.#context = context;
  }

  async createJob(input: CreateJobInput): Promise<number> {
    return this.#database.write(() => jobs.createJob(this.#context, input));
  }

  async getJob(jobId: number): Promise<Job> {
    return this.#database.read(() => jobs.getJob(jobId));
  }

  async listJobs(input: ListJobsInput): Promise<Page<Job>> {
    return this.#database.read(() => jobs.listJobs(input));
  }

  async replaceJobSettings(jobId: number, settings: JobSettingsWire): Promise<void> {
    return this.#database.write(() => jobs.replaceJobSettings(jobId, settings));
  }

  async deleteJob(jobId: number): Promise<void> {
    return this.#database.write(() => jobs.deleteJob(this.#context, jobId));
  }

  async submitRun(input: SubmitJobRunInput): Promise<number> {
    return this.#database.write(() => runs.submitRun(this.#context, input));
  }

  async getRun(runId: number): Promise<JobRun> {
    return this.#database.read(() => runs.getRun(runId));
  }

  async listRuns(input: ListJobRunsInput): Promise<Page<JobRun>> {
    return this.#database.read(() => runs.listRuns(input));
  }

  async deleteRun(runId: number): Promise<void> {
    return this.#database.write(() => runs.deleteRun(runId));
  }

  async requestCancel(runId: number, message: string): Promise<void> {
    const context = this.#context;
    return this.#database.write(function* () {
      yield* getJobRunRow(runId);
      yield* queue.requestCancel(context, runId, message);
    });
  }

  async requestCancelAll(which: { readonly jobId: number } | "queued", message: string): Promise<void> {
    const context = this.#context;
    return this.#database.write(function* () {
      if (which !== "queued") yield* jobs.getJob(which.jobId);
      yield* queue.requestCancelAll(context, which, message);
    });
  }

  async claimNextRun(owner: JobOwner, leaseMs: number): Promise<OwnedJobRun | undefined> {
    // Most looks find nothing: a read costs no sync.
    if (!(await this.#database.read(() => queue.hasRunToClaim()))) return undefined;
    return this.#database.write(() => queue.claimNextRun(this.#context, owner, leaseMs));
  }

  async renewLease(ownerId: string, leaseMs: number): Promise<boolean> {
    return this.#database.write(() => owners.renewLease(this.#context, ownerId, leaseMs));
  }

  async listOwners(): Promise<readonly (JobOwner & { readonly leaseUntilMs: number })[]> {
    return this.#database.read(() => owners.listOwners());
  }

  async listOwnedRuns(ownerId: string): Promise<readonly OwnedJobRun[]> {
    return this.#database.read(() => owners.listOwnedRuns(ownerId));
  }

  async takeOver(input: TakeOverInput): Promise<readonly OwnedJobRun[]> {
    return this.#database.write(() => owners.takeOver(this.#context, input));
  }

  async updateOwnedRun(ownerId: string, runId: number, change: JobRunChange): Promise<boolean> {
    return this.#database.write(() => owned.updateOwnedRun(ownerId, runId, change));
  }

  async releaseRun(ownerId: string, runId: number): Promise<boolean> {
    return this.#database.write(() => owned.releaseRun(this.#context, ownerId, runId));
  }

  async finishRun(ownerId: string, runId: number, state: EndedJobRunState): Promise<boolean> {
    return this.#database.write(() => owned.finishRun(this.#context, { ownerId, runId, state }));
  }
}
