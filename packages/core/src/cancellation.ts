import { AppError } from "./errors.ts";

/** Throws `CANCELLED` with the signal's reason as cause when the signal has fired. */
export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw cancelled(signal);
}

/** The error that a cancelled wait ends with. */
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
