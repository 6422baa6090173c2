import { assert } from "@flightdeck/core";
import { type Job, type JobSettingsWire, LIMITS } from "@flightdeck/protocol";
import { sql } from "kysely";
import { query, statement } from "../database/statement.ts";
import { all, first, run, type Work } from "../database/work.ts";
import type { Page } from "../page.ts";
import type { StoreContext } from "../tracking/context.ts";
import { checkLength } from "../validation/text.ts";
import { checkedDocument } from "./checked-document.ts";
import { jobFromRow, getJobRow, lockJobRow } from "./job-rows.ts";
import { pageOfRows, positionBefore } from "./job-pages.ts";
import type { CreateJobInput, ListJobsInput } from "./job-store.ts";

/** As Databricks has it for a job that does not say. */
const MAX_CONCURRENT_RUNS = 1;

/** Part of a write. Without settings, it stands for the job of a submitted run. */
export function* insertJob(
  context: StoreContext,
  { settings, creatorUserName }: { settings?: JobSettingsWire; creatorUserName: string },
): Work<number> {
  const values = {
    ...columnsOf(settings),
    creator: creatorUserName,
    now: context.clock.nowMs(),
  };
  const row = yield* first(insertRow(values));
  assert(row !== undefined, "an insert returns its row");
  return row.id;
}

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

type Columns = { name: string; settings: string | null; maxConcurrentRuns: number; isQueued: number };

function columnsOf(settings: JobSettingsWire | undefined): Columns {
  checkLength("name", settings?.name ?? "", LIMITS.jobNameCharsMax);
  return {
    name: settings?.name ?? "",
    settings: settings === undefined ? null : checkedDocument("a job's settings", settings),
    maxConcurrentRuns: settings?.max_concurrent_runs ?? MAX_CONCURRENT_RUNS,
    isQueued: Number(settings?.queue?.enabled ?? false),
  };
}

const insertRow = statement<Columns & { creator: string; now: number }>()((db, arg) =>
  db
    .insertInto("jobs")
    .values({
      name: arg("name"),
      creator: arg("creator"),
      created_time_ms: arg("now"),
      settings: arg("settings"),
      max_concurrent_runs: arg("maxConcurrentRuns"),
      is_queued: arg("isQueued"),
      deleted_time_ms: null,
    })
    .returning("id"),
);

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
