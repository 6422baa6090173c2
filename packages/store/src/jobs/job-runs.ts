import { AppError, assert } from "@flightdeck/core";
import { type JobRun, LIMITS } from "@flightdeck/protocol";
import { sql } from "kysely";
import type { StoreContext } from "../access/store-context.ts";
import { query, statement } from "../database/statement.ts";
import { all, first, execute, type Work } from "../database/work.ts";
import { type Page, pageOfRows, positionBefore } from "../search/page.ts";
import { checkedDocument, checkLength } from "../validation/text.ts";
import {
  getJobRunRow,
  insertJob,
  jobRunFromRow,
  lockJobRow,
  lockJobRunRow,
  QUEUED_MESSAGE,
} from "./job-rows.ts";
import type { JobRunQuery, SubmitJobRunInput } from "./job-store.ts";

/** Runs in a write transaction. */
export function* submitRun(context: StoreContext, input: SubmitJobRunInput): Work<number> {
  const idempotencyKey = idempotencyKeyOf(input);
  if (idempotencyKey !== null) {
    const same = yield* first(selectByKey({ idempotencyKey }));
    if (same !== undefined) return same.id;
  }
  checkLength("run_name", input.runName, LIMITS.jobNameCharsMax);
  const spec = checkedDocument("the task", input.spec);
  const parameters = checkedDocument("the parameters", input.parameters ?? {});
  yield* checkRoom(input.creatorUserName);
  const { jobId: ofJob, creatorUserName } = input;
  const skipped = ofJob === undefined ? undefined : yield* reasonToSkip(ofJob);
  const jobId = ofJob ?? (yield* insertJob(context, { creatorUserName }));
  const now = context.clock.nowMs();
  const row = yield* first(
    insertRun({
      jobId,
      name: input.runName,
      type: ofJob === undefined ? "SUBMIT_RUN" : "JOB_RUN",
      creator: creatorUserName,
      submitTokenId: input.submitTokenId ?? null,
      spec,
      parameters,
      ...(skipped === undefined ? QUEUED : { ...SKIPPED, message: skipped, endTimeMs: now }),
      idempotencyKey,
      now,
    }),
  );
  assert(row !== undefined, "an insert returns its row");
  return row.id;
}

export function* getRun(jobRunId: number): Work<JobRun> {
  return jobRunFromRow(yield* getJobRunRow(jobRunId));
}

/** Newest first. */
export function* listRuns(input: JobRunQuery): Work<Page<JobRun>> {
  const { jobId, only, runType, startTimeFromMs, startTimeToMs, maxResults, offset = 0 } = input;
  const scope = ["job_runs", jobId ?? null, only ?? null, runType ?? null];
  const before = positionBefore(input, scope);
  const rows = yield* all(
    query((db) =>
      db
        .selectFrom("job_runs")
        .selectAll()
        .where("id", "<", before)
        .$if(jobId !== undefined, (select) => select.where("job_id", "=", jobId ?? 0))
        .$if(only !== undefined, (select) =>
          select.where("end_time_ms", only === "active" ? "is" : "is not", null),
        )
        .$if(runType !== undefined, (select) => select.where("type", "=", runType ?? ""))
        .$if(startTimeFromMs !== undefined, (select) =>
          select.where("submit_time_ms", ">=", startTimeFromMs ?? 0),
        )
        .$if(startTimeToMs !== undefined, (select) =>
          select.where("submit_time_ms", "<=", startTimeToMs ?? 0),
        )
        .orderBy("id", "desc")
        .limit(maxResults + 1)
        .offset(offset),
    ),
  );
  return pageOfRows({ rows, maxResults, scope, convert: jobRunFromRow });
}

/** Runs in a write transaction. */
export function* deleteRun(jobRunId: number): Work<void> {
  const row = yield* lockJobRunRow(jobRunId);
  if (row.end_time_ms === null) {
    throw new AppError("INVALID_PARAMETER_VALUE", `Run ${jobRunId} has not ended; cancel it first.`);
  }
  // Deleting the implicit job of a one-time run deletes the run as well.
  if (row.type === "SUBMIT_RUN") yield* execute(deleteJobRow({ jobId: row.job_id }));
  else yield* execute(deleteRow({ jobRunId }));
}

const QUEUED = { state: "QUEUED", result: null, message: QUEUED_MESSAGE, endTimeMs: null };

const SKIPPED = { state: "SKIPPED", result: "MAXIMUM_CONCURRENT_RUNS_REACHED" };

/** Tokens are scoped to a job; one-time runs share one scope. */
function idempotencyKeyOf({ jobId, idempotencyToken = "" }: SubmitJobRunInput): string | null {
  if (idempotencyToken === "") return null;
  checkLength("idempotency_token", idempotencyToken, LIMITS.idempotencyTokenCharsMax);
  return `${jobId ?? "submit"}:${idempotencyToken}`;
}

/** The most that one user may have in the queue, so that a user who floods it leaves room for others. */
const QUEUE_SHARE_MAX = Math.floor(LIMITS.queuedJobRunsMax / 4);

function* checkRoom(creator: string): Work<void> {
  const own = yield* first(countQueuedOf({ creator }));
  if (own !== undefined && own.count >= QUEUE_SHARE_MAX)
    throw queueIsFull(
      `${QUEUE_SHARE_MAX} runs of ${creator} are waiting in the queue, the maximum for one user`,
    );
  const row = yield* first(countQueued({}));
  if (row !== undefined && row.count >= LIMITS.queuedJobRunsMax)
    throw queueIsFull(`${LIMITS.queuedJobRunsMax} runs are waiting in the queue, the maximum`);
}

function queueIsFull(reason: string): AppError {
  return new AppError("QUOTA_EXCEEDED", `${reason}; try again later, or cancel some`);
}

function* reasonToSkip(jobId: number): Work<string | undefined> {
  const job = yield* lockJobRow(jobId);
  const row = yield* first(countActive({ jobId }));
  const isRoom = (row?.count ?? 0) < job.max_concurrent_runs;
  if (isRoom || (job.is_queued !== 0 && job.max_concurrent_runs > 0)) return undefined;
  return `Skipped: the job has ${row?.count ?? 0} active runs and allows ${job.max_concurrent_runs} (max_concurrent_runs).`;
}

const selectByKey = statement<{ idempotencyKey: string }>()((db, arg) =>
  db.selectFrom("job_runs").select("id").where("idempotency_key", "=", arg("idempotencyKey")),
);

const countQueued = statement<Record<string, never>>()((db) =>
  // A literal rather than a bound parameter, so that the partial index applies.
  db
    .selectFrom("job_runs")
    .select(sql<number>`count(*)`.as("count"))
    .where(sql<boolean>`state = 'QUEUED'`),
);

const countQueuedOf = statement<{ creator: string }>()((db, arg) =>
  db
    .selectFrom("job_runs")
    .select(sql<number>`count(*)`.as("count"))
    .where("creator", "=", arg("creator"))
    .where(sql<boolean>`state = 'QUEUED'`),
);

const countActive = statement<{ jobId: number }>()((db, arg) =>
  db
    .selectFrom("job_runs")
    .select(sql<number>`count(*)`.as("count"))
    .where("job_id", "=", arg("jobId"))
    .where("end_time_ms", "is", null),
);

type NewRun = {
  jobId: number;
  name: string;
  type: string;
  creator: string;
  submitTokenId: string | null;
  spec: string;
  parameters: string;
  state: string;
  result: string | null;
  message: string;
  idempotencyKey: string | null;
  now: number;
  endTimeMs: number | null;
};

const insertRun = statement<NewRun>()((db, arg) =>
  db
    .insertInto("job_runs")
    .values({
      job_id: arg("jobId"),
      name: arg("name"),
      type: arg("type"),
      creator: arg("creator"),
      spec: arg("spec"),
      parameters: arg("parameters"),
      state: arg("state"),
      result: arg("result"),
      message: arg("message"),
      idempotency_key: arg("idempotencyKey"),
      submit_time_ms: arg("now"),
      end_time_ms: arg("endTimeMs"),
      cluster_uuid: null,
      claim_time_ms: null,
      task_start_time_ms: null,
      cancel_message: null,
      owner_uuid: null,
      handle: null,
      token_uuid: null,
      submit_token_uuid: arg("submitTokenId"),
    })
    .returning("id"),
);

const deleteJobRow = statement<{ jobId: number }>()((db, arg) =>
  db.deleteFrom("jobs").where("id", "=", arg("jobId")),
);

const deleteRow = statement<{ jobRunId: number }>()((db, arg) =>
  db.deleteFrom("job_runs").where("id", "=", arg("jobRunId")),
);
