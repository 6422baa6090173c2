import { AppError } from "@flightdeck/core";
import { jobRunToWire, jobTaskSpecFromWire } from "@flightdeck/protocol";
import type { Handlers } from "../api/handler.ts";
import { pageToken } from "../api/page-token.ts";
import { present } from "../api/present.ts";
import { BOUNDS } from "../bounds.ts";
import { checkSpec } from "./check-spec.ts";
import { exportRun } from "./export-run.ts";
import { readOutput } from "./job-output.ts";
import { checkMayRunJobs } from "./job-policy.ts";
import { listRunsInput } from "./list-input.ts";

type JobRunHandlers = Pick<
  Handlers,
  | "submitJobRun"
  | "getJobRun"
  | "listJobRuns"
  | "cancelJobRun"
  | "cancelAllJobRuns"
  | "deleteJobRun"
  | "getJobRunOutput"
  | "exportJobRun"
  | "readJobRunLog"
>;

export const jobRunHandlers: JobRunHandlers = {
  submitJobRun: async (request, { store, jobs, principal }) => {
    checkMayRunJobs(jobs.isOpen, principal);
    const spec = jobTaskSpecFromWire(request);
    await checkSpec(spec);
    if ("existingClusterId" in spec.cluster) await store.clusters.getCluster(spec.cluster.existingClusterId);
    const runId = await store.jobs.submitRun({
      runName: request.run_name ?? "Untitled",
      creatorUserName: principal.name,
      submitTokenId: principal.account?.tokenId,
      spec,
      ...present({ idempotencyToken: request.idempotency_token }),
    });
    jobs.wake();
    return { run_id: runId, number_in_job: runId };
  },
  getJobRun: async ({ run_id: runId }, { store, client }) =>
    jobRunToWire(await store.jobs.getRun(runId), client.origin),
  listJobRuns: async (request, { store, client }) => {
    const page = await store.jobs.listRuns(listRunsInput(request));
    const runs = page.items.map((run) => jobRunToWire(run, client.origin));
    return { runs, has_more: page.nextPageToken !== undefined, ...pageToken(page) };
  },
  cancelJobRun: async ({ run_id: runId }, { store, jobs, principal }) => {
    const message = cancelMessage(principal.name);
    await store.jobs.requestCancel(runId, message);
    jobs.cancel(runId, message);
    return {};
  },
  cancelAllJobRuns: async ({ job_id: jobId, all_queued_runs: isQueued }, { store, jobs, principal }) => {
    const which = jobId === undefined ? (isQueued ? ("queued" as const) : undefined) : { jobId };
    if (which === undefined) {
      throw new AppError("INVALID_PARAMETER_VALUE", "name a job_id, or say all_queued_runs");
    }
    await store.jobs.requestCancelAll(which, cancelMessage(principal.name));
    jobs.wake();
    return {};
  },
  deleteJobRun: async ({ run_id: runId }, { store, jobs }) => {
    await store.jobs.deleteRun(runId);
    await (await jobs.loadExecutor()).remove(runId);
    return {};
  },
  getJobRunOutput: async ({ run_id: runId }, { store, jobs, client }) => {
    const run = await store.jobs.getRun(runId);
    const { logs, isTruncated, errorTrace } = await readOutput(await jobs.loadExecutor(), run);
    const { resultState, stateMessage } = run.state;
    const hasFailed = resultState !== undefined && resultState !== "SUCCESS";
    return {
      metadata: jobRunToWire(run, client.origin),
      logs,
      logs_truncated: isTruncated,
      ...(hasFailed && { error: stateMessage, error_trace: errorTrace }),
    };
  },
  exportJobRun: async ({ run_id: runId }, { store, jobs }) => {
    const run = await store.jobs.getRun(runId);
    return { views: [exportRun(run, await readOutput(await jobs.loadExecutor(), run))] };
  },
  readJobRunLog: async ({ run_id: runId, stream, offset, length }, { store, jobs }) => {
    const { state } = await store.jobs.getRun(runId); // Before the log: what it says of the end holds for what is read then.
    const bytesMax = Math.min(length ?? BOUNDS.jobLogChunkBytes, BOUNDS.jobLogChunkBytes);
    if (offset < 0 || bytesMax < LENGTH_MIN) {
      const message = `offset must be 0 or more and length ${LENGTH_MIN} or more, got ${offset} and ${length}`;
      throw new AppError("INVALID_PARAMETER_VALUE", message);
    }
    const executor = await jobs.loadExecutor();
    const { text, nextOffset, size } = await executor.readLog(runId, { stream, offset, bytesMax });
    const isComplete = state.resultState !== undefined && nextOffset >= size;
    return { text, next_offset: nextOffset, size, is_complete: isComplete };
  },
};

/** Bytes of the longest character. */
const LENGTH_MIN = 4;

function cancelMessage(name: string): string {
  return name === "" ? "Run cancelled." : `Run cancelled by ${name}.`;
}
