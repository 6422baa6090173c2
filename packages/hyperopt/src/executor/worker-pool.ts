import { once } from "node:events";
import { availableParallelism } from "node:os";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { newId, settleWithin, throwIfAborted } from "@flightdeck/core";
import type { Evaluation, Executor, ExecutorOptions } from "./executor.ts";
import type { ObjectiveModule } from "./objective.ts";
import { LastWords, requireModule, sendPoint } from "./worker-failures.ts";
import { errorFromMessage, errorToMessage, type FromWorker, type ToWorker } from "./worker-messages.ts";

/** A thread or a process that evaluates one trial at a time. */
export type TrialWorker = {
  readonly stdout: Readable;
  readonly stderr: Readable;
  /** Resolves when the worker has ended, with how it ended, such as "with exit code 3". */
  readonly ended: Promise<string>;
  /** Throws if the message cannot be cloned. */
  post(message: ToWorker): void;
  onMessage(listener: (message: FromWorker) => void): void;
  /** Terminates the worker immediately. Resolves when it has ended. */
  end(): Promise<void>;
};

/** The name of an executor's workers in error messages, and how to start one. */
export type WorkerKind = { readonly name: string; readonly start: () => TrialWorker };

/** How long an objective may clean up after its signal has fired, before its worker is killed. */
const ABORT_GRACE_MS = 500;

/** How long to wait for the rest of an evaluation's output: a program that it started may keep the stream open. */
const OUTPUT_WAIT_MS = 500;

/** An executor that starts workers on demand and reuses them. */
export function workerPool<TValue>(options: ExecutorOptions<TValue>, kind: WorkerKind): Executor<TValue> {
  const { parallelism = availableParallelism() } = options;
  const fn = requireModule(kind.name, options.fn);
  const all = new Set<PooledWorker>();
  const idle: PooledWorker[] = [];
  const start = (): PooledWorker => {
    const worker = new PooledWorker(kind.start());
    all.add(worker);
    void worker.ended.then(() => all.delete(worker));
    return worker;
  };
  const next = (): PooledWorker => {
    for (;;) {
      const worker = idle.pop() ?? start();
      if (!worker.isGone) return worker;
    }
  };
  return {
    parallelism,
    cancelsOnStop: true,
    evaluate: async (evaluation) => {
      throwIfAborted(evaluation.signal);
      const worker = next();
      try {
        return await worker.evaluate(evaluation, fn);
      } finally {
        if (!worker.isGone) idle.push(worker);
      }
    },
    close: async () => {
      await Promise.all([...all].map((worker) => worker.end()));
    },
  };
}

/** A worker and its current evaluation. */
class PooledWorker {
  readonly ended: Promise<string>;
  isGone = false;
  readonly #worker: TrialWorker;
  readonly #outputClosed: Promise<unknown>;
  readonly #lastWords = new LastWords();
  #onLine: (line: string, stream: "stdout" | "stderr") => void = () => {};
  #onMessage: (message: FromWorker) => void = () => {};
  /** One handler for the worker's lifetime: one per trial would pile up on the promise until the worker ends. */
  #onEnd: (how: string) => void = () => {};

  constructor(worker: TrialWorker) {
    this.#worker = worker;
    this.ended = worker.ended.finally(() => (this.isGone = true));
    void this.ended.then((how) => this.#onEnd(how)); // Never rejects.
    worker.onMessage((message) => this.#onMessage(message));
    const closing = (["stdout", "stderr"] as const).map((stream) => {
      const lines = createInterface({ input: worker[stream] });
      lines.on("line", (line) => this.#onLine(line, stream));
      return once(lines, "close");
    });
    this.#outputClosed = Promise.allSettled(closing);
  }

  async end(): Promise<void> {
    this.isGone = true;
    await this.#worker.end();
  }

  /** Resolves with the objective's result. Rejects with what it threw, or with an error if the worker ended first. */
  async evaluate<TValue>(evaluation: Evaluation<TValue>, fn: ObjectiveModule<TValue>): Promise<unknown> {
    const { trialId, value, signal } = evaluation;
    const { module, exportName } = fn;
    const outputEnd = `end of output ${newId()}`;
    const outcome = Promise.withResolvers<unknown>();
    outcome.promise.catch(() => {}); // Awaited below, unless sending the point fails.
    const output = this.#passOutput(outputEnd, evaluation, outcome.reject);
    this.#passMessages(evaluation, outcome);
    this.#onEnd = (how) => {
      output.resolve();
      void this.#tellEnd(how, outcome.reject); // Never rejects.
    };
    const onAbort = (): void => void this.#abort(signal, outcome.promise);
    signal.addEventListener("abort", onAbort, { once: true });
    try {
      const isTracked = evaluation.runId !== undefined;
      sendPoint(() =>
        this.#worker.post({ kind: "evaluate", trialId, value, module, exportName, isTracked, outputEnd }),
      );
      return await outcome.promise;
    } finally {
      signal.removeEventListener("abort", onAbort);
      await settleWithin(OUTPUT_WAIT_MS, output.promise);
      this.#onLine = () => {};
      this.#onMessage = () => {};
      this.#onEnd = () => {};
      if (signal.aborted) await this.end(); // Also ends whatever a cancelled objective left running.
    }
  }

  #passMessages<TValue>(
    { log, report, shouldPrune, runId }: Evaluation<TValue>,
    { resolve, reject }: PromiseWithResolvers<unknown>,
  ): void {
    this.#onMessage = (message) => {
      try {
        if (message.kind === "returned") resolve(message.result);
        else if (message.kind === "threw") reject(errorFromMessage(message.error));
        else if (message.kind === "log") log(message.message);
        else if (message.kind === "report") report(message.value, message.step);
        else void this.#answer(message.id, message.question === "runId" ? runId : shouldPrune).catch(reject);
      } catch (error) {
        reject(error); // A callback of fmin threw.
      }
    };
  }

  async #tellEnd(how: string, reject: (error: unknown) => void): Promise<void> {
    await settleWithin(OUTPUT_WAIT_MS, this.#outputClosed);
    reject(this.#lastWords.endedEarly(how));
  }

  async #answer(id: number, ask: (() => Promise<unknown>) | undefined): Promise<void> {
    const answer = await ask?.();
    if (!this.isGone) this.#worker.post({ kind: "answer", id, answer });
  }

  /** Signals the objective, and kills its worker if it does not settle soon. */
  async #abort(signal: AbortSignal, outcome: Promise<unknown>): Promise<void> {
    if (this.isGone) return;
    this.#worker.post({ kind: "abort", reason: errorToMessage(signal.reason) });
    await settleWithin(ABORT_GRACE_MS, outcome);
    await this.end();
  }

  /** The returned promise resolves when both streams have reached the end of this evaluation. */
  #passOutput<TValue>(
    outputEnd: string,
    { output }: Evaluation<TValue>,
    reject: (error: unknown) => void,
  ): PromiseWithResolvers<void> {
    const ended = Promise.withResolvers<void>();
    let openCount = 2;
    this.#lastWords.clear();
    this.#onLine = (line, stream) => {
      if (line.endsWith(outputEnd)) {
        if (--openCount === 0) ended.resolve();
        if (line.length === outputEnd.length) return;
        line = line.slice(0, -outputEnd.length); // The objective's last line had no line ending.
      }
      if (stream === "stderr") this.#lastWords.add(line);
      try {
        output(line, stream);
      } catch (error) {
        reject(error); // A callback of fmin threw.
      }
    };
    return ended;
  }
}
