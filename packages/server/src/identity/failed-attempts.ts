import type { Clock } from "@flightdeck/core";

const WINDOW_MS = 60_000;
/** A person who mistypes stays below; a program that guesses does not. */
const FAILURES_MAX = 30;
/** Each costs some hundred bytes. */
const ADDRESSES_MAX = 10_000;

/**
 * Counts failed logins per address. Guessing 256 bits is hopeless in any case; the bound keeps guesses from filling the
 * logs. A valid token is let in all the same, since many people may come from one proxy's address.
 */
export class FailedAttempts {
  readonly #clock: Clock;
  readonly #windows = new Map<string, { startMs: number; failures: number }>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Notes a failure, and tells whether the address has had too many within a minute. */
  add(address: string): boolean {
    const nowMs = this.#clock.nowMs();
    const window = this.#windows.get(address);
    if (window !== undefined && nowMs - window.startMs < WINDOW_MS) {
      window.failures += 1;
      return window.failures > FAILURES_MAX;
    }
    this.#windows.delete(address); // So that the oldest windows come first.
    this.#windows.set(address, { startMs: nowMs, failures: 1 });
    const [oldest] = this.#windows.keys();
    if (this.#windows.size > ADDRESSES_MAX && oldest !== undefined) this.#windows.delete(oldest);
    return false;
  }
}
