import { readFileSync } from "node:fs";
import { Worker } from "node:worker_threads";
import { AppError, cancelled, messageOf, throwIfAborted } from "@flightdeck/core";
import type { Tree } from "../forest.ts";
import type { GrowJob, ThreadSettings } from "./grow-job.ts";
import { type AddressSpace, allocate, takeThreadMemory } from "./grow-memory.ts";
import { sizesOf } from "./module-grower.mjs";

export type FitProgress = { readonly treesDone: number; readonly treesTotal: number };

export type GrowControl = {
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: FitProgress) => void) | undefined;
};

/** Memory for all threads, what it holds, and the module that works on it. */
export type Grower = {
  readonly job: GrowJob;
  readonly threads: readonly ThreadSettings[];
  readonly module: WebAssembly.Module | undefined;
};

/** Built from `assembly/` by `npm run build:wasm`; a test builds it again and compares. */
const MODULE_FILE = new URL("grow-tree.wasm", import.meta.url);

/** The module, or undefined where WebAssembly has no threads or vectors: there the reference grows the trees. */
export function loadModule(): WebAssembly.Module | undefined {
  const bytes = readFileSync(MODULE_FILE);
  return WebAssembly.validate(bytes) ? new WebAssembly.Module(bytes) : undefined;
}

/** Plans the threads' memory behind what is in the address space already, and allocates all of it. */
export function createGrower(space: AddressSpace, settings: GrowJob["settings"], nThreads: number): Grower {
  const module = loadModule();
  const sizes = module && sizesOf(module, settings);
  const threads = sizes
    ? Array.from({ length: nThreads }, () => takeThreadMemory(space, settings, sizes))
    : [];
  return { job: { memory: allocate(space), settings }, threads, module };
}

/**
 * Grows a tree for each seed on worker threads of its own and returns them in order. When it settles, in whatever way, every
 * thread has ended; a signal ends them in the middle of a tree.
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
  /** One element: the index of the next seed that nobody has begun. */
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
