import { readFileSync } from "node:fs";
import { Worker } from "node:worker_threads";
import { AppError, cancelled, messageOf, throwIfAborted } from "@flightdeck/core";
import type { Tree } from "../forest.ts";
import type { GrowJob, ThreadSettings, WasmModule } from "./grow-job.ts";
import { type AddressSpace, allocate, takeThreadMemory } from "./grow-memory.ts";
import { sizesOf } from "./module-grower.mjs";

/** How many trees of a fit have been grown. */
export type FitProgress = { readonly treesDone: number; readonly treesTotal: number };

export type GrowControl = {
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: FitProgress) => void) | undefined;
};

/** The memory for all threads, its layout, and the module that works on it. */
export type Grower = {
  readonly job: GrowJob;
  readonly threads: readonly ThreadSettings[];
  readonly module: WasmModule | undefined;
};

/**
 * The module, or undefined if WebAssembly has no threads or vectors; then the reference implementation grows the trees.
 */
export function loadModule(): WasmModule | undefined {
  // Built from `assembly/` by `npm run build:wasm`; a test builds it again and compares.
  const bytes = readFileSync(new URL("grow-tree.wasm", import.meta.url));
  return WebAssembly.validate(bytes) ? new WebAssembly.Module(bytes) : undefined;
}

/** Plans the threads' memory after what is already in the address space, and allocates all of it. */
export function createGrower(space: AddressSpace, settings: GrowJob["settings"], nThreads: number): Grower {
  const module = loadModule();
  const sizes = module && sizesOf(module, settings);
  const threads = sizes
    ? Array.from({ length: nThreads }, () => takeThreadMemory(space, settings, sizes))
    : [];
  return { job: { memory: allocate(space), settings }, threads, module };
}

/**
 * Grows a tree for each seed on new worker threads and returns them in order. When the promise settles, all threads
 * have ended; a signal stops them in the middle of a tree.
 */
export async function growTrees(
  grower: Grower,
  seeds: readonly number[],
  nThreads: number,
  control: GrowControl,
): Promise<Tree[]> {
  const { signal } = control;
  throwIfAborted(signal);
  const workers = startWorkers(grower, seeds, Math.min(nThreads, seeds.length));
  const abort = Promise.withResolvers<never>();
  const onAbort = (): void => signal && abort.reject(cancelled(signal));
  signal?.addEventListener("abort", onAbort, { once: true });
  try {
    return await Promise.race([collectTrees(workers, seeds.length, control), abort.promise]);
  } finally {
    signal?.removeEventListener("abort", onAbort);
    await Promise.all(workers.map((worker) => worker.terminate()));
  }
}

function startWorkers({ job, threads, module }: Grower, seeds: readonly number[], count: number): Worker[] {
  const file = new URL("grow-worker.mjs", import.meta.url);
  /** One element: the index of the next seed to be processed. */
  const next = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
  return Array.from({ length: count }, (_, i) => {
    return new Worker(file, { workerData: { module, job, thread: threads[i], seeds, next } });
  });
}

function collectTrees(
  workers: readonly Worker[],
  treesTotal: number,
  { onProgress }: GrowControl,
): Promise<Tree[]> {
  const { promise, resolve, reject } = Promise.withResolvers<Tree[]>();
  const trees: Tree[] = [];
  let treesDone = 0;
  let exits = 0;
  const onMessage = ({ index, tree }: { readonly index: number; readonly tree: Tree }): void => {
    trees[index] = tree;
    treesDone++;
    onProgress?.({ treesDone, treesTotal });
    if (treesDone === treesTotal) resolve(trees);
  };
  for (const worker of workers) {
    worker.on("message", guarded(onMessage, reject));
    worker.on("error", (error) => reject(workerError(error)));
    // Messages arrive before the exit event, so trees still missing will never arrive.
    worker.on("exit", () => ++exits === workers.length && reject(workerError("ended early")));
  }
  return promise;
}

/** An error thrown by the caller's onProgress stops the fit, not the process. */
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
