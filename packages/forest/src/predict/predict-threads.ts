import { Worker } from "node:worker_threads";
import { AppError, messageOf } from "@flightdeck/core";
import type { CompiledForest } from "./compiled-forest.ts";

/** A chunk that lies in a forest's memory, and the room that the thread may use there. */
export type ChunkTask = {
  readonly forest: CompiledForest;
  readonly numRows: number;
  readonly thread: number;
};

/** Threads of this process that help to predict. They keep no process alive and wait for the next forest when one is done. */
const threads: PredictThread[] = [];

/**
 * Hands a chunk to as many threads as are ready, at most `count`, and resolves when they have left it. Threads start in
 * the background, some 60 ms, so a process that predicts once is served by its own thread alone.
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
    this.#worker.ref(); // Somebody waits for the answer.
    this.#worker.postMessage(task);
    try {
      await this.#pending.promise;
    } finally {
      this.#pending = undefined;
      this.#worker.unref();
    }
  }

  /** The first message says that the thread is there, each later one that a chunk is done. */
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
