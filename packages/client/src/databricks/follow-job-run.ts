import { isAppError, sleep } from "@flightdeck/core";
import { ENDED_JOB_RUN_STATES, type JobRunWire } from "@flightdeck/protocol";
import type { JobsApi, ReadRunLogInput } from "./jobs-api.ts";

export type FollowJobRunOptions = {
  /** Ends the waiting; the run goes on. */
  readonly signal?: AbortSignal | undefined;
  /** Told when the run's state is another one, the first included. */
  readonly onState?: ((run: JobRunWire) => void) | undefined;
  /** Told what the task writes, as it comes. A workspace of Databricks shows it only when the run has ended. */
  readonly onOutput?: ((text: string, stream: "stdout" | "stderr") => void) | undefined;
  /** The longest pause between two looks. Default 5 s. */
  readonly pauseMaxMs?: number | undefined;
};

const PAUSE_MIN_MS = 200;
/** Half a minute of a workspace's time in sum for an hour's run. */
const PAUSE_MAX_MS = 5000;
const PAUSE_GROWTH = 1.5;
const ENDED: ReadonlySet<string> = new Set(ENDED_JOB_RUN_STATES);

/** Waits until a run has ended, and gives what it has come to. */
export async function followJobRun(
  jobs: JobsApi,
  runId: number,
  options: FollowJobRunOptions = {},
): Promise<JobRunWire> {
  const { signal, onState, onOutput, pauseMaxMs = PAUSE_MAX_MS } = options;
  const logs = onOutput === undefined ? [] : logReaders(jobs, runId, options);
  let state: string | undefined;
  for (let pauseMs = PAUSE_MIN_MS; ; pauseMs = Math.min(pauseMs * PAUSE_GROWTH, pauseMaxMs)) {
    const run = await jobs.getRun(runId, { signal });
    const isNews = run.state.life_cycle_state !== state;
    state = run.state.life_cycle_state;
    if (isNews) onState?.(run);
    const hasEnded = ENDED.has(state); // Seen before the logs are read: what they hold then is all.
    const hasOutput = await anyOf(logs.map((read) => read()));
    if (hasEnded) return run;
    if (isNews || hasOutput) pauseMs = PAUSE_MIN_MS;
    await sleep(Math.min(pauseMs, pauseMaxMs), signal);
  }
}

async function anyOf(reads: readonly Promise<boolean>[]): Promise<boolean> {
  return (await Promise.all(reads)).includes(true);
}

type Read = () => Promise<boolean>;

/** Reads what is new of both streams; resolves with whether there was something. */
function logReaders(
  jobs: JobsApi,
  runId: number,
  { onOutput, signal }: FollowJobRunOptions,
): readonly Read[] {
  return (["stdout", "stderr"] as const).map((stream) => {
    let offset: number | undefined = 0;
    return async () => {
      const from = offset;
      while (offset !== undefined) {
        const part = await readPart(jobs, { run_id: runId, stream, offset }, signal);
        if (part === "unknown") offset = undefined;
        else if (part === "none" || part.next_offset === offset) break;
        else {
          offset = part.next_offset;
          onOutput?.(part.text, stream);
        }
      }
      return offset !== from;
    };
  });
}

type Part = Awaited<ReturnType<JobsApi["readRunLog"]>>;

/** Nothing before the task has begun; and where the call is not known, never. */
async function readPart(
  jobs: JobsApi,
  input: ReadRunLogInput,
  signal: AbortSignal | undefined,
): Promise<Part | "none" | "unknown"> {
  try {
    return await jobs.readRunLog(input, { signal });
  } catch (error) {
    if (isAppError(error, "ENDPOINT_NOT_FOUND")) return "unknown";
    if (isAppError(error, "RESOURCE_DOES_NOT_EXIST")) return "none";
    throw error;
  }
}
