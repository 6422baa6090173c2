import type { JobRun } from "@flightdeck/protocol";
import { BOUNDS } from "../bounds.ts";
import type { JobExecutor } from "./execution/job-executor.ts";

/** The least that a log is read by. */
const CHARACTER_BYTES_MAX = 4;

type Reader = Pick<JobExecutor, "readLog">;
type Tail = { readonly text: string; readonly isCut: boolean };

export type JobOutput = {
  readonly logs: string;
  readonly isTruncated: boolean;
  /** The last of what the task wrote to stderr. */
  readonly errorTrace: string;
};

/** The last of what a run's task has written so far: what went to stdout, then what went to stderr. */
export async function readOutput(executor: Reader, { runId }: JobRun): Promise<JobOutput> {
  const [stdout, stderr] = await Promise.all([
    readTail(executor, { runId, stream: "stdout", bytesMax: BOUNDS.jobOutputBytesMax }),
    readTail(executor, { runId, stream: "stderr", bytesMax: BOUNDS.jobOutputBytesMax }),
  ]);
  return {
    logs: `${stdout.text}${stderr.text}`,
    isTruncated: stdout.isCut || stderr.isCut,
    errorTrace: stderr.text.slice(-BOUNDS.jobErrorTraceCharsMax),
  };
}

type TailInput = {
  readonly runId: number;
  readonly stream: "stdout" | "stderr";
  readonly bytesMax: number;
};

/** A task that writes faster than this reads has written more meanwhile, which belongs to the next call. */
async function readTail(executor: Reader, { runId, stream, bytesMax }: TailInput): Promise<Tail> {
  const { size } = await executor.readLog(runId, { stream, offset: 0, bytesMax: CHARACTER_BYTES_MAX });
  const offset = Math.max(0, size - bytesMax);
  const { text } = await executor.readLog(runId, { stream, offset, bytesMax });
  return { text, isCut: offset > 0 };
}
