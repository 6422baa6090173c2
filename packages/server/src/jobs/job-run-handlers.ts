import { AppError } from "@flightdeck/core";
import { type JobRun, jobRunToWire, jobTaskSpecFromWire } from "@flightdeck/protocol";
import type { Handlers } from "../calls/handler.ts";
import { markup } from "../http/markup.ts";
import { checkMayRunJobs } from "../identity/principal.ts";
import type { JobExecutor } from "./execution/job-executor.ts";
import { checkSpec, listRunsInput } from "./job-requests.ts";
import type { JobServices } from "./job-runner.ts";

/** The length of the longest UTF-8 character: a shorter read might not contain a whole one. */
const CHARACTER_BYTES_MAX = 4;

/** The limit per stream in `get-output`; both together stay below Databricks' 5 MB. */
const OUTPUT_BYTES_MAX = 2_400_000;
const ERROR_TRACE_CHARS_MAX = 10_000;
/** The limit of one log read. */
const LOG_CHUNK_BYTES = 1_048_576;

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

export function jobRunHandlers({ jobs }: { readonly jobs: JobServices }): JobRunHandlers {
  return {
    submitJobRun: async (request, { store, principal }) => {
      checkMayRunJobs(jobs.mayAllRunJobs, principal);
      const spec = jobTaskSpecFromWire(request);
      await checkSpec(spec);
      if ("existingClusterId" in spec.cluster)
        await store.clusters.getCluster(spec.cluster.existingClusterId);
      const jobRunId = await store.jobs.submitRun({
        runName: request.run_name ?? "Untitled",
        creatorUserName: principal.name,
        submitTokenId: principal.account?.tokenId,
        spec,
        idempotencyToken: request.idempotency_token,
      });
      jobs.wake();
      return { run_id: jobRunId, number_in_job: jobRunId };
    },
    getJobRun: async ({ run_id: jobRunId }, { store, client }) =>
      jobRunToWire(await store.jobs.getRun(jobRunId), client.origin),
    listJobRuns: async (request, { store, client }) => {
      const page = await store.jobs.listRuns(listRunsInput(request));
      const runs = page.items.map((run) => jobRunToWire(run, client.origin));
      return { runs, has_more: page.nextPageToken !== undefined, next_page_token: page.nextPageToken };
    },
    cancelJobRun: async ({ run_id: jobRunId }, { store, principal }) => {
      const message = cancelMessage(principal.name);
      await store.jobs.requestCancel(jobRunId, message);
      jobs.cancel(jobRunId, message);
      return {};
    },
    cancelAllJobRuns: async ({ job_id: jobId, all_queued_runs: isQueued }, { store, principal }) => {
      const which = jobId === undefined ? (isQueued ? ("queued" as const) : undefined) : { jobId };
      if (which === undefined) {
        throw new AppError("INVALID_PARAMETER_VALUE", "name a job_id, or say all_queued_runs");
      }
      await store.jobs.requestCancelAll(which, cancelMessage(principal.name));
      jobs.wake();
      return {};
    },
    deleteJobRun: async ({ run_id: jobRunId }, { store }) => {
      await store.jobs.deleteRun(jobRunId);
      await (await jobs.loadExecutor()).remove(jobRunId);
      return {};
    },
    getJobRunOutput: async ({ run_id: jobRunId }, { store, client }) => {
      const run = await store.jobs.getRun(jobRunId);
      const { logs, isTruncated, errorTrace } = await readTaskOutput(await jobs.loadExecutor(), run);
      const { resultState, stateMessage } = run.state;
      const hasFailed = resultState !== undefined && resultState !== "SUCCESS";
      return {
        metadata: jobRunToWire(run, client.origin),
        logs,
        logs_truncated: isTruncated,
        ...(hasFailed && { error: stateMessage, error_trace: errorTrace }),
      };
    },
    exportJobRun: async ({ run_id: jobRunId }, { store }) => {
      const run = await store.jobs.getRun(jobRunId);
      return { views: [exportJobRun(run, await readTaskOutput(await jobs.loadExecutor(), run))] };
    },
    readJobRunLog: async ({ run_id: jobRunId, stream, offset, length }, { store }) => {
      const { state } = await store.jobs.getRun(jobRunId); // Read before the log: if it has ended, the log is complete.
      const bytesMax = Math.min(length ?? LOG_CHUNK_BYTES, LOG_CHUNK_BYTES);
      if (offset < 0 || bytesMax < CHARACTER_BYTES_MAX) {
        const message = `offset must be 0 or more and length ${CHARACTER_BYTES_MAX} or more, got ${offset} and ${length}`;
        throw new AppError("INVALID_PARAMETER_VALUE", message);
      }
      const executor = await jobs.loadExecutor();
      const { text, nextOffset, size } = await executor.readLog(jobRunId, { stream, offset, bytesMax });
      const isComplete = state.resultState !== undefined && nextOffset >= size;
      return { text, next_offset: nextOffset, size, is_complete: isComplete };
    },
  };
}

function cancelMessage(name: string): string {
  return name === "" ? "Run cancelled." : `Run cancelled by ${name}.`;
}

/** Exports a job run's task, result and output as one HTML file without scripts. */
export function exportJobRun(
  run: JobRun,
  output: TaskOutput,
): { content: string; name: string; type: string } {
  const { runName, runId: jobRunId, spec, state } = run;
  const title = `${runName} (run ${jobRunId})`;
  const result = state.resultState ?? state.lifeCycleState;
  const { text: content } = markup`<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>${title}</title></head>
<body>
<h1>${title}</h1>
<p>${`${result} ${state.stateMessage}`}</p>
<h2>Task</h2>
<pre>${commandOf(spec.task)}</pre>
<h2>Output</h2>
<pre>${output.logs}</pre>
</body>
</html>
`;
  return { content, name: runName, type: "NOTEBOOK" };
}

function commandOf(task: JobRun["spec"]["task"]): string {
  switch (task.kind) {
    case "shell_command":
      return task.command.join(" ");
    case "spark_python":
      return [task.pythonFile, ...task.parameters].join(" ");
    case "spark_submit":
      return ["spark-submit", ...task.parameters].join(" ");
  }
}

type Reader = Pick<JobExecutor, "readLog">;
type Tail = { readonly text: string; readonly isCut: boolean };

export type TaskOutput = {
  readonly logs: string;
  readonly isTruncated: boolean;
  /** The end of stderr. */
  readonly errorTrace: string;
};

/** The end of a task's stdout and stderr so far. */
export async function readTaskOutput(executor: Reader, { runId: jobRunId }: JobRun): Promise<TaskOutput> {
  const [stdout, stderr] = await Promise.all([
    readTail(executor, { jobRunId, stream: "stdout", bytesMax: OUTPUT_BYTES_MAX }),
    readTail(executor, { jobRunId, stream: "stderr", bytesMax: OUTPUT_BYTES_MAX }),
  ]);
  return {
    logs: `${stdout.text}${stderr.text}`,
    isTruncated: stdout.isCut || stderr.isCut,
    errorTrace: stderr.text.slice(-ERROR_TRACE_CHARS_MAX),
  };
}

type TailInput = {
  readonly jobRunId: number;
  readonly stream: "stdout" | "stderr";
  readonly bytesMax: number;
};

/** Reads the last `bytesMax` bytes. Leaves anything written meanwhile to the next call. */
async function readTail(executor: Reader, { jobRunId, stream, bytesMax }: TailInput): Promise<Tail> {
  const { size } = await executor.readLog(jobRunId, { stream, offset: 0, bytesMax: CHARACTER_BYTES_MAX });
  const offset = Math.max(0, size - bytesMax);
  const { text } = await executor.readLog(jobRunId, { stream, offset, bytesMax });
  return { text, isCut: offset > 0 };
}
