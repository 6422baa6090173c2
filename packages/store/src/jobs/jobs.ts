import type { Job, JobSettingsWire } from "@flightdeck/protocol";
import { sql } from "kysely";
import type { StoreContext } from "../access/store-context.ts";
import { query, statement } from "../database/statement.ts";
import { all, run, type Work } from "../database/work.ts";
import { type Page, pageOfRows, positionBefore } from "../search/page.ts";
import { type Columns, columnsOf, getJobRow, insertJob, jobFromRow, lockJobRow } from "./job-rows.ts";
import type { CreateJobInput, ListJobsInput } from "./job-store.ts";

/** Part of a write. */
export function* createJob(context: StoreContext, input: CreateJobInput): Work<number> {
  return yield* insertJob(context, input);
}

export function* getJob(jobId: number): Work<Job> {
  return jobFromRow(yield* getJobRow(jobId));
}

/** Newest first. */
export function* listJobs(input: ListJobsInput): Work<Page<Job>> {
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

/** Part of a write. */
export function* replaceJobSettings(jobId: number, settings: JobSettingsWire): Work<void> {
  yield* lockJobRow(jobId);
  yield* run(updateRow({ ...columnsOf(settings), id: jobId }));
}

/** Part of a write. */
export function* deleteJob(context: StoreContext, jobId: number): Work<void> {
  yield* lockJobRow(jobId);
  yield* run(markDeleted({ id: jobId, now: context.clock.nowMs() }));
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
