import { AppError } from "./errors.ts";

/** The source of the current time; tests pass their own. */
export type Clock = {
  /** UTC milliseconds since 1970. */
  nowMs(): number;
};

/** The machine's clock. */
export const systemClock: Clock = { nowMs: () => Date.now() };

/** Throws `CANCELLED`, with the signal's reason as cause, if the signal has fired. */
export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw cancelled(signal);
}

/** The error of a cancelled wait. */
export function cancelled(signal: AbortSignal): AppError {
  return new AppError("CANCELLED", "cancelled", { cause: signal.reason });
}

/** Resolves after `ms` milliseconds; rejects with `CANCELLED` as soon as the signal fires. */
export function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(cancelled(signal));
    const timer = setTimeout(done, ms);
    signal?.addEventListener("abort", onAbort, { once: true });
    function done(): void {
      signal?.removeEventListener("abort", onAbort);
      resolve();
    }
    function onAbort(): void {
      clearTimeout(timer);
      if (signal) reject(cancelled(signal));
    }
  });
}

/** Resolves when the signal fires, or immediately if it already has. Never rejects. */
export function untilAborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
}

/**
 * Settles like the promise, or rejects with `CANCELLED` as soon as the signal fires. The work behind the promise
 * continues, since others may be waiting for it.
 *
 * @example
 * ```ts
 * const token = await unlessAborted(sharedRequest, signal);
 * ```
 */
export async function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return await promise;
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const onAbort = (): void => reject(cancelled(signal));
  signal.addEventListener("abort", onAbort, { once: true });
  if (signal.aborted) onAbort();
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}

/** Waits until all promises have settled, either way, for at most `ms` milliseconds. Never rejects. */
export async function settleWithin(ms: number, ...promises: readonly Promise<unknown>[]): Promise<void> {
  const timer = new AbortController();
  await Promise.race([Promise.allSettled(promises), sleep(ms, timer.signal).catch(() => undefined)]);
  timer.abort();
}
