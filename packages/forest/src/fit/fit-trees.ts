import { Worker } from "node:worker_threads";
import { AppError, cancelled, messageOf, throwIfAborted } from "@flightdeck/core";
import type { Tree } from "../forest.ts";
import type { FitWorkerData, FitWorkerMessage } from "./fit-message.ts";

export type FitProgress = { readonly treesDone: number; readonly treesTotal: number };

export type FitTreesRequest = {
  readonly data: Omit<FitWorkerData, "nextTree">;
  readonly nThreads: number;
  readonly signal: AbortSignal | undefined;
  readonly onProgress: ((progress: FitProgress) => void) | undefined;
};

/**
 * Grows all trees on worker threads of its own and returns them in order. When it settles, in whatever way, every thread
 * has ended; a signal ends them in the middle of a tree.
 */
export async function fitTrees(request: FitTreesRequest): Promise<Tree[]> {
  const { data, nThreads, signal } = request;
  throwIfAborted(signal);
  const nextTree = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
  const workers = startWorkers(Math.min(nThreads, data.treeCount), { ...data, nextTree });
  const abort = Promise.withResolvers<never>();
  const onAbort = (): void => signal && abort.reject(cancelled(signal));
  signal?.addEventListener("abort", onAbort, { once: true });
  try {
    return await Promise.race([collectTrees(workers, request), abort.promise]);
  } finally {
    signal?.removeEventListener("abort", onAbort);
    await Promise.all(workers.map((worker) => worker.terminate()));
  }
}

function startWorkers(count: number, workerData: FitWorkerData): Worker[] {
  const file = new URL("./fit-worker.ts", import.meta.url);
  return Array.from({ length: count }, () => new Worker(file, { workerData }));
}

function collectTrees(workers: readonly Worker[], { data, onProgress }: FitTreesRequest): Promise<Tree[]> {
  const { promise, resolve, reject } = Promise.withResolvers<Tree[]>();
  const trees: Tree[] = [];
  const treesTotal = data.treeCount;
  let treesDone = 0;
  let exits = 0;
  const onMessage = ({ treeNumber, tree }: FitWorkerMessage): void => {
    trees[treeNumber] = tree;
    treesDone++;
    onProgress?.({ treesDone, treesTotal });
    if (treesDone === treesTotal) resolve(trees);
  };
  for (const worker of workers) {
    worker.on("message", guarded(onMessage, reject));
    worker.on("error", (error) => reject(workerError(error)));
    // Messages come before the exit, so trees that are missing now will never come.
    worker.on("exit", () => ++exits === workers.length && reject(workerError("ended early")));
  }
  return promise;
}

/** What the caller's onProgress throws ends the fit instead of the process. */
function guarded<T>(handle: (message: T) => void, onError: (error: unknown) => void): (message: T) => void {
  return (message) => {
    try {
      handle(message);
    } catch (error) {
      onError(error);
    }
  };
}

function workerError(cause: unknown): AppError {
  const isMemory = cause instanceof Error && "code" in cause && cause.code === "ERR_WORKER_OUT_OF_MEMORY";
  const code = isMemory ? "RESOURCE_EXHAUSTED" : "INTERNAL_ERROR";
  return new AppError(code, `a fit worker failed: ${messageOf(cause)}`, { cause });
}
