import { throwIfAborted } from "@flightdeck/core";

/** How many items are processed at a time, and what stops it. */
export type BoundedOptions = { readonly concurrency: number; readonly signal?: AbortSignal | undefined };

/**
 * Calls `work` for each item, at most `concurrency` at a time. After the first failure, or when the signal fires, starts no
 * further items, waits for those that are running, and throws the error.
 */
export async function forEachBounded<T>(
  items: readonly T[],
  { concurrency, signal }: BoundedOptions,
  work: (item: T) => Promise<void>,
): Promise<void> {
  const queue = items.values(); // Shared by the workers: each takes the next item.
  let failed = false;
  const worker = async (): Promise<void> => {
    for (const item of queue) {
      if (failed) return;
      throwIfAborted(signal);
      await work(item);
    }
  };
  const workers = Array.from({ length: Math.min(concurrency, items.length) }, async () => {
    try {
      await worker();
    } catch (error) {
      failed = true;
      throw error;
    }
  });
  const results = await Promise.allSettled(workers);
  const failure = results.find((result) => result.status === "rejected");
  if (failure !== undefined) throw failure.reason;
}
