import type { Executor, ExecutorOptions } from "./executor.ts";

/**
 * Evaluates in this process, one trial at a time unless told otherwise. More than one helps when `fn` waits for
 * something else, for it shares this thread.
 */
export function inProcessExecutor<TValue>({
  fn,
  parallelism = 1,
}: ExecutorOptions<TValue>): Executor<TValue> {
  return {
    parallelism,
    evaluate: async ({ value, ...context }) => fn(value, context),
    close: async () => {},
  };
}
