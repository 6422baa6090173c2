import { AppError, sleep, throwIfAborted, unlessAborted } from "@flightdeck/core";
import type { ScoreAnswer } from "../model.ts";
import { type PythonCommand, PythonHost } from "./python-host.ts";
import type { PythonWorker, WorkerRequest } from "./python-worker.ts";

export type WorkerPoolOptions = {
  readonly command: PythonCommand;
  /** Number of processes, each with its own copy of the model. */
  readonly workers: number;
  /** From a request's arrival to its answer. A worker that spends this long on a batch is killed. */
  readonly requestTimeoutMs: number;
};

/** Queued requests: enough to ride out a restart, few enough that none waits until its deadline. */
const QUEUE_MAX = 256;
/** pandas takes about a millisecond to read a one-row request, so larger batches would only add latency. */
const BATCH_MAX = 32;
/** Delay before a model that died while loading is retried. Doubles each time, up to the maximum. */
const RESTART_MS_MIN = 100;
const RESTART_MS_MAX = 10_000;

type Waiting = WorkerRequest & {
  readonly answered: PromiseWithResolvers<ScoreAnswer>;
};

/**
 * Worker processes for one model. The first free worker takes the next request. If a worker dies, its current requests
 * fail and a new one replaces it.
 */
export class WorkerPool {
  readonly #options: WorkerPoolOptions;
  readonly #idle: PythonWorker[] = [];
  readonly #all = new Set<PythonWorker>();
  readonly #queue: Waiting[] = [];
  readonly #closing = new AbortController();
  #host: Promise<PythonHost>;
  #lastFailure: string | undefined;

  private constructor(options: WorkerPoolOptions) {
    this.#options = options;
    this.#host = PythonHost.start(options.command);
  }

  /**
   * Starts all workers. Throws the errors of `PythonHost.fork` if the model cannot be loaded, and `CANCELLED` if the
   * signal fires first. Leaves no process behind in either case.
   */
  static async start(options: WorkerPoolOptions, signal?: AbortSignal): Promise<WorkerPool> {
    throwIfAborted(signal);
    const pool = new WorkerPool(options);
    const starting = Promise.all(Array.from({ length: options.workers }, () => pool.#startWorker()));
    try {
      await unlessAborted(starting, signal);
      return pool;
    } catch (error) {
      await pool.#closeAll(0); // Workers that are still loading have nothing to finish.
      throw error;
    }
  }

  /** The number of requests waiting for a worker. */
  get queued(): number {
    return this.#queue.length;
  }

  /**
   * Sends a request to a worker. Throws `TEMPORARILY_UNAVAILABLE` if the queue is full or the worker dies, and
   * `DEADLINE_EXCEEDED` on timeout.
   */
  async answer(request: WorkerRequest, signal: AbortSignal | undefined): Promise<ScoreAnswer> {
    if (this.#closing.signal.aborted) throw unavailable("the model is being closed");
    if (this.#queue.length >= QUEUE_MAX) throw unavailable(`${QUEUE_MAX} requests are already waiting`);
    if (this.#all.size === 0 && this.#lastFailure !== undefined) throw unavailable(this.#lastFailure);
    const waiting: Waiting = { ...request, answered: Promise.withResolvers() };
    const giveUp = (error: AppError): void => {
      const place = this.#queue.indexOf(waiting);
      if (place !== -1) this.#queue.splice(place, 1);
      waiting.answered.reject(error);
    };
    const timer = setTimeout(
      () => giveUp(timeOver(this.#options.requestTimeoutMs)),
      this.#options.requestTimeoutMs,
    );
    const onAbort = (): void => giveUp(new AppError("CANCELLED", "the request was cancelled"));
    signal?.addEventListener("abort", onAbort, { once: true });
    this.#queue.push(waiting);
    this.#dispatch();
    try {
      return await waiting.answered.promise;
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener("abort", onAbort);
    }
  }

  /** Finishes pending requests, then stops the processes. */
  async close(): Promise<void> {
    await this.#closeAll();
  }

  async #closeAll(hostCloseMs?: number): Promise<void> {
    this.#closing.abort();
    for (const { answered } of this.#queue.splice(0))
      answered.reject(unavailable("the model is being closed"));
    await Promise.all(Array.from(this.#all, (worker) => worker.close()));
    const host = await this.#host.catch(() => undefined); // It never started.
    await host?.close(hostCloseMs);
  }

  #dispatch(): void {
    while (this.#queue.length > 0) {
      const worker = this.#idle.pop();
      if (worker === undefined) return;
      const share = Math.ceil(this.#queue.length / this.#options.workers);
      const batch = this.#queue.splice(0, worker.isRowwise ? Math.min(share, BATCH_MAX) : 1);
      void this.#serve(worker, batch);
    }
  }

  async #serve(worker: PythonWorker, batch: readonly Waiting[]): Promise<void> {
    const hanging = setTimeout(() => worker.kill(), this.#options.requestTimeoutMs);
    try {
      const answers = await worker.call(batch);
      batch.forEach(({ answered }, i) => answers[i] && answered.resolve(answers[i]));
      this.#idle.push(worker);
    } catch (error) {
      for (const { answered } of batch) answered.reject(error);
    } finally {
      clearTimeout(hanging);
    }
    this.#dispatch();
  }

  async #startWorker(): Promise<void> {
    const worker = await (await this.#livingHost()).fork();
    this.#all.add(worker);
    void worker.gone.then(() => this.#replace(worker));
    if (this.#closing.signal.aborted) return void worker.close();
    this.#lastFailure = undefined;
    this.#idle.push(worker);
    this.#dispatch();
  }

  async #livingHost(): Promise<PythonHost> {
    const asked = this.#host;
    const host = await asked.catch(() => undefined); // It failed to start.
    if (host?.hasEnded === false) return host;
    if (this.#closing.signal.aborted) throw unavailable("the model is being closed");
    // All workers that died with the host get here; the first one replaces it for all of them.
    if (this.#host === asked) this.#host = this.#startHostAfter(host);
    return await this.#host;
  }

  async #startHostAfter(former: PythonHost | undefined): Promise<PythonHost> {
    await former?.close();
    return await PythonHost.start(this.#options.command);
  }

  async #replace(worker: PythonWorker): Promise<void> {
    this.#all.delete(worker);
    const place = this.#idle.indexOf(worker);
    if (place !== -1) this.#idle.splice(place, 1);
    if (!this.#closing.signal.aborted) await this.#restart();
  }

  /** Replaces a dead worker. Retries until one has loaded the model. */
  async #restart(): Promise<void> {
    const { signal } = this.#closing;
    for (let waitMs = RESTART_MS_MIN; !signal.aborted; waitMs = Math.min(2 * waitMs, RESTART_MS_MAX)) {
      try {
        return await this.#startWorker();
      } catch (error) {
        this.#lastFailure = error instanceof Error ? error.message : String(error);
        if (this.#all.size === 0) this.#failQueue(this.#lastFailure);
        await sleep(waitMs, signal).catch(() => undefined); // Closing; the loop ends.
      }
    }
  }

  #failQueue(reason: string): void {
    for (const { answered } of this.#queue.splice(0)) answered.reject(unavailable(reason));
  }
}

function unavailable(reason: string): AppError {
  return new AppError("TEMPORARILY_UNAVAILABLE", reason);
}

function timeOver(ms: number): AppError {
  return new AppError("DEADLINE_EXCEEDED", `Request processing time exceeded limit of ${ms / 1000} s`);
}
