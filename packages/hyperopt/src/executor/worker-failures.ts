import { LineRing } from "@flightdeck/compute";
import { AppError, messageOf } from "@flightdeck/core";
import type { ExecutorOptions } from "./executor.ts";
import type { ObjectiveModule } from "./objective.ts";

/* Errors for trials that cannot be sent to a worker or do not return from it. */

/** How much of a worker's stderr goes into an error: enough to see why it crashed, short enough for a message. */
const LAST_LINES = { linesMax: 5, lineCharsMax: 1_000 } as const;

/** The objective as a module. Throws INVALID_PARAMETER_VALUE, naming the executor, for a function. */
export function requireModule<TValue>(
  executor: string,
  fn: ExecutorOptions<TValue>["fn"],
): ObjectiveModule<TValue> {
  if (typeof fn !== "function") return fn;
  const message = `${executor} needs fn to be a workerModule: a function cannot leave the process that it was made in`;
  throw new AppError("INVALID_PARAMETER_VALUE", message);
}

/** Sends a trial. Throws INVALID_PARAMETER_VALUE if its point cannot be cloned. */
export function sendPoint<T>(send: () => T): T {
  try {
    return send();
  } catch (cause) {
    const message = `the point cannot be sent to a worker: ${messageOf(cause)}`;
    throw new AppError("INVALID_PARAMETER_VALUE", message, { cause });
  }
}

/** The last lines of a worker's stderr. */
export class LastWords {
  #ring = new LineRing(LAST_LINES);

  add(line: string): void {
    this.#ring.push(`${line}\n`);
  }

  clear(): void {
    this.#ring = new LineRing(LAST_LINES);
  }

  /** The error for a worker that ended before the objective returned; `how` is a text such as "with exit code 3". */
  endedEarly(how: string): AppError {
    const lines = this.#ring.lines();
    const wrote = lines.length === 0 ? "" : `; it wrote: ${lines.join(" | ")}`;
    return new AppError("INTERNAL_ERROR", `the worker ended ${how} before fn returned${wrote}`);
  }
}
