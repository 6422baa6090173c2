import type { Job, JobRun, JobSettingsWire } from "@flightdeck/protocol";
import { sql } from "kysely";
import type { StoreContext } from "../access/store-context.ts";
import { query, statement } from "../database/statement.ts";
import { all, type Database, execute, type Work } from "../database/work.ts";
import { type Page, pageOfRows, positionBefore } from "../search/page.ts";
import * as owners from "./job-owners.ts";
import * as queue from "./job-queue.ts";
import {
  type Columns,
  columnsOf,
  getJobRow,
  getJobRunRow,
  insertJob,
  jobFromRow,
  lockJobRow,
} from "./job-rows.ts";
import * as runs from "./job-runs.ts";
import type {
  NewJob,
  EndedJobRunState,
  JobOwner,
  JobRunChange,
  JobStore,
  JobRunQuery,
  JobQuery,
  OwnedJobRun,
  SubmitJobRunInput,
  TakeOverInput,
} from "./job-store.ts";

/** Jobs and their queue in a SQL database. Each method is one transaction. */
export class SqlJobStore implements JobStore {
  readonly #database: Database;
  readonly #context: StoreContext;

  constructor(database: Database, context: StoreContext) {
    this.#database = database;
    this.#context = context;
  }

  async createJob(input: NewJob): Promise<number> {
    return this.#database.write(() => createJob(this.#context, input));
  }

  async getJob(jobId: number): Promise<Job> {
    return this.#database.read(() => getJob(jobId));
  }

  async listJobs(input: JobQuery): Promise<Page<Job>> {
    return this.#database.read(() => listJobs(input));
  }

  async replaceJobSettings(jobId: number, settings: JobSettingsWire): Promise<void> {
    return this.#database.write(() => replaceJobSettings(jobId, settings));
  }

  async deleteJob(jobId: number): Promise<void> {
    return this.#database.write(() => deleteJob(this.#context, jobId));
  }

  async submitRun(input: SubmitJobRunInput): Promise<number> {
    return this.#database.write(() => runs.submitRun(this.#context, input));
  }

  async getRun(jobRunId: number): Promise<JobRun> {
    return this.#database.read(() => runs.getRun(jobRunId));
  }

  async listRuns(input: JobRunQuery): Promise<Page<JobRun>> {
    return this.#database.read(() => runs.listRuns(input));
  }

  async deleteRun(jobRunId: number): Promise<void> {
    return this.#database.write(() => runs.deleteRun(jobRunId));
  }

  async requestCancel(jobRunId: number, message: string): Promise<void> {
    const context = this.#context;
    return this.#database.write(function* () {
      yield* getJobRunRow(jobRunId);
      yield* queue.requestCancel(context, jobRunId, message);
    });
  }

  async requestCancelAll(which: { readonly jobId: number } | "queued", message: string): Promise<void> {
    const context = this.#context;
    return this.#database.write(function* () {
      if (which !== "queued") yield* getJob(which.jobId);
      yield* queue.requestCancelAll(context, which, message);
    });
  }

  async claimNextRun(owner: JobOwner, leaseMs: number): Promise<OwnedJobRun | undefined> {
    // Most calls find nothing, and a read needs no sync.
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

  async updateOwnedRun(ownerId: string, jobRunId: number, change: JobRunChange): Promise<boolean> {
    return this.#database.write(() => owners.updateOwnedRun(ownerId, jobRunId, change));
  }

  async releaseRun(ownerId: string, jobRunId: number): Promise<boolean> {
    return this.#database.write(() => owners.releaseRun(this.#context, ownerId, jobRunId));
  }

  async finishRun(ownerId: string, jobRunId: number, state: EndedJobRunState): Promise<boolean> {
    return this.#database.write(() => owners.finishRun(this.#context, { ownerId, jobRunId, state }));
  }
}

/** Runs in a write transaction. */
function* createJob(context: StoreContext, input: NewJob): Work<number> {
  return yield* insertJob(context, input);
}

function* getJob(jobId: number): Work<Job> {
  return jobFromRow(yield* getJobRow(jobId));
}

/** Newest first. */
function* listJobs(input: JobQuery): Work<Page<Job>> {
  const { name, offset = 0, maxResults } = input;
  const scope = ["jobs", name ?? null];
  const before = positionBefore(input, scope);
  const rows = yield* all(
    query((db) =>
      db
        .selectFrom("jobs")
        .selectAll()
        .where("settings", "is not", null)
        .where("deleted_time_ms", "is", null)
        .where("id", "<", before)
        .$if(name !== undefined, (select) => select.where(sql`lower(name)`, "=", (name ?? "").toLowerCase()))
        .orderBy("id", "desc")
        .limit(maxResults + 1)
        .offset(offset),
    ),
  );
  return pageOfRows({ rows, maxResults, scope, convert: jobFromRow });
}

/** Runs in a write transaction. */
function* replaceJobSettings(jobId: number, settings: JobSettingsWire): Work<void> {
  yield* lockJobRow(jobId);
  yield* execute(updateRow({ ...columnsOf(settings), id: jobId }));
}

/** Runs in a write transaction. */
function* deleteJob(context: StoreContext, jobId: number): Work<void> {
  yield* lockJobRow(jobId);
  yield* execute(markDeleted({ id: jobId, now: context.clock.nowMs() }));
}

const updateRow = statement<Columns & { id: number }>()((db, arg) =>
  db
    .updateTable("jobs")
    .set({
      name: arg("name"),
      settings: arg("settings"),
      max_concurrent_runs: arg("maxConcurrentRuns"),
      is_queued: arg("isQueued"),
    })
    .where("id", "=", arg("id")),
);

const markDeleted = statement<{ id: number; now: number }>()((db, arg) =>
  db
    .updateTable("jobs")
    .set({ deleted_time_ms: arg("now") })
    .where("id", "=", arg("id")),
);
