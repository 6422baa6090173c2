import { Worker } from "node:worker_threads";
import { AppError, messageOf } from "@flightdeck/core";
import type { ChunkTask } from "./compiled-forest.ts";

/** The prediction threads of this process. They do not keep the process alive, and are reused for the next forest. */
const threads: PredictThread[] = [];

/**
 * Gives a chunk to all ready threads, at most `count`, and resolves when they are done with it. Threads start in the
 * background, which takes about 60 ms, so a process that predicts once only uses its main thread.
 */
export async function helpWithChunk(task: Omit<ChunkTask, "thread">, count: number): Promise<void> {
  while (threads.length < count) threads.push(new PredictThread());
  const ready = threads.filter((thread) => thread.isIdle).slice(0, count);
  await Promise.all(ready.map((thread, i) => thread.run({ ...task, thread: i + 1 })));
}

class PredictThread {
  readonly #worker: Worker;
  #isReady = false;
  #pending: PromiseWithResolvers<void> | undefined;

  constructor() {
    this.#worker = new Worker(new URL("./predict-worker.ts", import.meta.url));
    this.#worker.on("message", () => this.#settle());
    this.#worker.on("error", (cause) => this.#end(cause));
    this.#worker.on("exit", () => this.#end("it ended early"));
    this.#worker.unref();
  }

  get isIdle(): boolean {
    return this.#isReady && this.#pending === undefined;
  }

  async run(task: ChunkTask): Promise<void> {
    this.#pending = Promise.withResolvers<void>();
    this.#worker.ref(); // Keeps the process alive until the thread is done.
    this.#worker.postMessage(task);
    try {
      await this.#pending.promise;
    } finally {
      this.#pending = undefined;
      this.#worker.unref();
    }
  }

  /** The first message says that the thread is ready, each later one that a chunk is done. */
  #settle(): void {
    this.#isReady = true;
    this.#pending?.resolve();
  }

  #end(cause: unknown): void {
    this.#isReady = false;
    const at = threads.indexOf(this);
    if (at !== -1) threads.splice(at, 1);
    const message = `a prediction thread failed: ${messageOf(cause)}`;
    this.#pending?.reject(new AppError("INTERNAL_ERROR", message, { cause }));
  }
}
