import {
  AppError,
  type ErrorCode,
  isAppError,
  newId,
  sleep,
  throwIfAborted,
  unlessAborted,
} from "@flightdeck/core";
import { type CreateRunInput, LIMITS, type Tag } from "@flightdeck/protocol";
import { openRepository } from "../artifacts/locate-artifact.ts";
import type { MlflowClient } from "../rest/mlflow-client.ts";
import { closeRun, openRun, type OpenRun } from "./open-runs.ts";
import { FLUSH_DELAY_MS } from "./run-batch.ts";
import { type RunText, type Waiting, WrittenRun } from "./written-run.ts";

/** Options of a `RunWriter`. */
export type RunWriterOptions = {
  readonly client: MlflowClient;
  /**
   * Awaited before each request, to check whether this process may still write. An error that it throws is permanent
   * unless its code is one that retries help with.
   */
  readonly guard?: (() => Promise<void>) | undefined;
  /** How long `drain` waits for a server that does not answer. Default ten minutes, as for `followJobRun`. */
  readonly outageMaxMs?: number | undefined;
};

/** Concurrent requests; the server commits concurrent writes together. Requests for the same run are sequential. */
const CONCURRENCY = 32;

/** Above this many waiting entries, `room` makes its caller wait: about 20 MB. */
const ENTRIES_SOFT_MAX = 100_000;

const OUTAGE_MAX_MS_DEFAULT = 600_000;

/**
 * The pause between attempts while the server is unreachable; each attempt already includes 13 s of the client's own
 * retries.
 */
const RETRY_PAUSE_MS = 500;

/**
 * A proxy may answer INTERNAL_ERROR while the server behind it starts. After this many attempts we take the error as
 * permanent.
 */
const INTERNAL_ERRORS_MAX = 20;

/** Error codes for which a retry may succeed. */
const PASSING: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  "TEMPORARILY_UNAVAILABLE",
  "DEADLINE_EXCEEDED",
  "REQUEST_LIMIT_EXCEEDED",
  "RESOURCE_EXHAUSTED",
]);

/** Identifies one creation, so that the run can be found again if the server's response was lost. */
const CREATION_TAG = "flightdeck.creation";

/**
 * Writes many runs in the background. Entries added to a `WrittenRun` are collected and sent in batches, with as few
 * requests per run as possible. Only `room` and `drain` make the caller wait.
 *
 * An outage loses nothing: requests are repeated until the server is back, and before a run is created again, the
 * writer checks whether it already exists. A permanent error fails only its own run; `drain` throws the first such
 * error. SIGINT and SIGTERM mark unfinished runs KILLED, like those of `startRun`.
 *
 * @example
 * ```ts
 * const writer = new RunWriter({ client });
 * const run = writer.create({ experimentId: "0", runName: "trial 1" });
 * run.log({ metrics: [{ key: "loss", value: 0.3, step: 0, timestampMs: Date.now() }] });
 * run.end("FINISHED");
 * await writer.drain(); // Everything has reached the server.
 * await writer.close();
 * ```
 */
export class RunWriter implements OpenRun {
  readonly #client: MlflowClient;
  readonly #guard: () => Promise<void>;
  readonly #outageMaxMs: number;
  readonly #queue = new Set<WrittenRun>();
  readonly #open = new Set<WrittenRun>();
  readonly #delayed = new Map<WrittenRun, NodeJS.Timeout>();
  readonly #waiting: Waiting = { count: 0 };
  readonly #watchers = new Set<() => void>();
  #busyCount = 0;
  #failure: AppError | undefined;
  /** When the current outage began; undefined while the server answers. */
  #awaySinceMs: number | undefined;
  #isKilled = false;

  constructor({ client, guard, outageMaxMs = OUTAGE_MAX_MS_DEFAULT }: RunWriterOptions) {
    this.#client = client;
    this.#guard = guard ?? (async () => {});
    this.#outageMaxMs = outageMaxMs;
    void openRun(async () => this).catch(() => {}); // Rejects only when the process is ending, and then nothing will be written.
  }

  /** Adds a new run, which is created in the background. */
  create(input: CreateRunInput): WrittenRun {
    return this.#add(
      new WrittenRun({ creation: { startTimeMs: Date.now(), ...input } }, this.#waiting, this.#schedule),
    );
  }

  /** Adds an existing run. */
  open(runId: string): WrittenRun {
    return this.#add(new WrittenRun({ runId }, this.#waiting, this.#schedule));
  }

  /** The number of params, metrics, tags and texts waiting to be sent. */
  get waitingCount(): number {
    return this.#waiting.count;
  }

  /** Resolves when there is room for more entries: immediately, unless the server is far behind. */
  async room(signal?: AbortSignal): Promise<void> {
    while (this.waitingCount > ENTRIES_SOFT_MAX && this.#failure === undefined) await this.#change(signal);
    if (this.#failure !== undefined) throw this.#failure;
  }

  /**
   * Resolves when everything added so far has reached the server. Rejects with the first permanent error, or with
   * `TEMPORARILY_UNAVAILABLE` when the server has not answered for `outageMaxMs`.
   */
  async drain(signal?: AbortSignal): Promise<void> {
    for (const run of this.#delayed.keys()) this.#schedule(run, "now");
    while (this.#queue.size > 0 || this.#busyCount > 0) {
      throwIfAborted(signal);
      const awayMs = this.#awaySinceMs === undefined ? 0 : performance.now() - this.#awaySinceMs;
      if (awayMs > this.#outageMaxMs) throw this.#away(awayMs);
      await this.#change(signal);
    }
    if (this.#failure !== undefined) throw this.#failure;
  }

  /** Stops the writer and drops whatever has not been sent. Call `drain` first. */
  async close(): Promise<void> {
    this.#isKilled = true;
    this.#queue.clear();
    for (const timer of this.#delayed.values()) clearTimeout(timer);
    closeRun(this);
  }

  /** Sends the waiting entries and marks unfinished runs KILLED, unless the signal fires first. */
  async kill(signal: AbortSignal): Promise<void> {
    for (const run of this.#open) run.end("KILLED");
    await this.drain(signal).catch((error: unknown) => {
      process.emitWarning(`could not send the end of some runs: ${String(error)}`);
    });
    await this.close();
  }

  #add(run: WrittenRun): WrittenRun {
    this.#open.add(run);
    if (run.hasWork) this.#schedule(run, "now");
    return run;
  }

  readonly #schedule = (run: WrittenRun, when: "now" | "soon"): void => {
    if (this.#isKilled) return;
    if (run.waitingCount > LIMITS.batchEntitiesMax) when = "now";
    if (this.#queue.has(run)) return;
    if (when === "soon" && this.#delayed.has(run)) return;
    clearTimeout(this.#delayed.get(run));
    this.#delayed.delete(run);
    if (when === "soon") {
      const timer = setTimeout(() => this.#schedule(run, "now"), FLUSH_DELAY_MS);
      this.#delayed.set(run, timer);
      return;
    }
    if (run.isBusy) return; // Its worker continues until nothing is left.
    this.#queue.add(run);
    if (this.#busyCount < CONCURRENCY) void this.#work();
  };

  /** Serves the queued runs one after the other. */
  async #work(): Promise<void> {
    this.#busyCount++;
    for (const run of this.#queue) {
      this.#queue.delete(run);
      run.isBusy = true;
      await this.#serve(run);
      run.isBusy = false;
      if (run.hasWork) this.#queue.add(run); // Entries were added while the run was still marked busy.
      if (run.hasEnded) this.#open.delete(run);
      this.#tellWatchers();
    }
    this.#busyCount--;
    this.#tellWatchers();
  }

  async #serve(run: WrittenRun): Promise<void> {
    try {
      while (run.hasWork) await this.#step(run);
    } catch (error) {
      run.fail(error);
      // `#send` throws nothing else.
      this.#failure ??= error as AppError;
    }
  }

  async #step(run: WrittenRun): Promise<void> {
    const { creation } = run;
    if (creation !== undefined) return run.created(await this.#create(creation));
    const runId = await run.runId;
    const batch = run.takeBatch();
    if (batch !== undefined) return await this.#send(() => this.#client.logBatch({ runId, ...batch }));
    const text = run.takeText();
    if (text !== undefined) return await this.#send(() => this.#writeText(runId, text));
    const end = run.takeEnd();
    if (end !== undefined) await this.#send(() => this.#client.updateRun({ runId, ...end }));
  }

  async #create(creation: CreateRunInput): Promise<string> {
    const tag = { key: CREATION_TAG, value: newId() };
    const input = { ...creation, tags: [...(creation.tags ?? []), tag] };
    let mayExist = false;
    return await this.#send(async () => {
      const known = mayExist ? await this.#findCreated(creation.experimentId, tag) : undefined;
      mayExist = true;
      return known ?? (await this.#client.createRun(input)).info.runId;
    });
  }

  async #findCreated(experimentId: string, { key, value }: Tag): Promise<string | undefined> {
    const filter = `tags.\`${key}\` = '${value}'`;
    const { items } = await this.#client.searchRuns({ experimentIds: [experimentId], filter, maxResults: 1 });
    return items[0]?.info.runId;
  }

  async #writeText(runId: string, { path, text }: RunText): Promise<void> {
    const { info } = await this.#client.getRun(runId);
    await openRepository(this.#client, info.artifactUri).write(path, new TextEncoder().encode(text));
  }

  /** Repeats a request until the server answers it. */
  async #send<T>(request: () => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      try {
        await this.#guard();
        const answer = await request();
        this.#awaySinceMs = undefined;
        return answer;
      } catch (error) {
        if (this.#isKilled || !mayPass(error, attempt)) throw asAppError(error);
        this.#awaySinceMs ??= performance.now();
        this.#tellWatchers();
        await sleep(RETRY_PAUSE_MS);
      }
    }
  }

  /** Resolves when something was sent, failed or ended. */
  async #change(signal: AbortSignal | undefined): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#watchers.add(resolve);
    try {
      await unlessAborted(promise, signal);
    } finally {
      this.#watchers.delete(resolve);
    }
  }

  #tellWatchers(): void {
    for (const watcher of this.#watchers) watcher();
  }

  #away(awayMs: number): AppError {
    const away = `${this.#client.baseUrl} has not answered for ${Math.round(awayMs / 1000)} s`;
    return new AppError(
      "TEMPORARILY_UNAVAILABLE",
      `${away}; ${this.waitingCount} entries for ${this.#open.size} unfinished runs were not sent`,
    );
  }
}

function mayPass(error: unknown, attempt: number): boolean {
  if (!isAppError(error)) return false;
  return PASSING.has(error.code) || (error.code === "INTERNAL_ERROR" && attempt < INTERNAL_ERRORS_MAX);
}

function asAppError(error: unknown): AppError {
  return isAppError(error) ? error : new AppError("INTERNAL_ERROR", String(error), { cause: error });
}
