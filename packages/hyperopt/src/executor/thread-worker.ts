import { Worker } from "node:worker_threads";
import type { ExecutorFactory } from "./executor.ts";
import type { FromWorker } from "./worker-messages.ts";
import { type TrialWorker, workerPool } from "./worker-pool.ts";

/**
 * Evaluates in worker threads of this process, by default one per core. `fn` must be a `workerModule`, which each
 * thread loads once. If a trial is cancelled or times out, its thread is terminated, even if it never yields. Processes
 * that the objective started are not ended.
 *
 * @example
 * ```ts
 * await fmin({ fn: workerModule("./train.ts"), space, executor: threadExecutor, parallelism: 4, maxEvals: 40 });
 * ```
 */
export const threadExecutor: ExecutorFactory = (options) =>
  workerPool(options, { name: "threadExecutor", start: startThread });

function startThread(): TrialWorker {
  const worker = new Worker(new URL("./trial-worker.ts", import.meta.url), { stdout: true, stderr: true });
  const ended = Promise.withResolvers<string>();
  let failure: string | undefined;
  worker.on("error", (error) => (failure = `with ${String(error)}`));
  worker.on("exit", (code) => ended.resolve(failure ?? `with exit code ${code}`));
  return {
    stdout: worker.stdout,
    stderr: worker.stderr,
    ended: ended.promise,
    post: (message) => worker.postMessage(message),
    onMessage: (listener) => void worker.on("message", (message: FromWorker) => listener(message)),
    end: async () => void (await worker.terminate()),
  };
}
