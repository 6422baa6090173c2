import { AppError } from "@flightdeck/core";
import type { Objective, ObjectiveModule, TrialContext } from "./objective.ts";

/**
 * Where trials are evaluated. `fmin` decides what is evaluated and when; an executor only runs it: in this process, or, by
 * an executor of your own, elsewhere. `fmin` makes one for each search, by its option `executor` or `Trials.createExecutor`.
 *
 * Contract: `fmin` calls `evaluate` at most `parallelism` times at once, and awaits `close` once after the last
 * evaluation has settled or was given up after cancelling.
 */
export type Executor<TValue> = {
  /** How many evaluations may run at once; an integer, at least 1. */
  readonly parallelism: number;
  /**
   * Evaluates the objective once. Resolves with what it returned, unchecked; rejects with what it threw, or when it
   * could not be run at all. Once `signal`, which belongs to this evaluation alone, fires, it settles as soon as it can,
   * in whichever way.
   */
  evaluate(evaluation: Evaluation<TValue>): Promise<unknown>;
  /** Frees what the executor holds. */
  close(): Promise<void>;
};

/** One evaluation of the objective: the point of the space, and what the objective's context is made of. */
export type Evaluation<TValue> = TrialContext & { readonly value: TValue };

/** What `fmin` asks an executor's factory for. */
export type ExecutorOptions<TValue> = {
  readonly fn: Objective<TValue> | ObjectiveModule<TValue>;
  /** What the caller of `fmin` asked for; undefined leaves it to the executor. */
  readonly parallelism: number | undefined;
};

/** Makes the executor of one search, as `inProcessExecutor` does. */
export type ExecutorFactory = <TValue>(options: ExecutorOptions<TValue>) => Executor<TValue>;

/**
 * Evaluates in this process, one trial at a time unless told otherwise. More than one helps when `fn` waits for
 * something else, for it shares this thread.
 */
export function inProcessExecutor<TValue>({
  fn,
  parallelism = 1,
}: ExecutorOptions<TValue>): Executor<TValue> {
  const loading = typeof fn === "function" ? fn : loadObjective<TValue>(fn);
  // Its failure is seen by the evaluations that await it.
  if (loading instanceof Promise) loading.catch(() => {});
  return {
    parallelism,
    evaluate: async ({ value, ...context }) => (await loading)(value, context),
    close: async () => {},
  };
}

/** Loads the objective that a module exports; throws INVALID_PARAMETER_VALUE naming the module and the export. */
export async function loadObjective<TValue>(of: ObjectiveModule<TValue>): Promise<Objective<TValue>> {
  const { module, exportName } = of;
  const loaded = await importModule(module);
  const objective = loaded[exportName];
  if (typeof objective === "function") return objective as Objective<TValue>; // workerModule's caller states the type.
  const found = Object.keys(loaded).join(", ") || "nothing";
  const message = `module ${module} must export a function "${exportName}", it exports ${found}`;
  throw new AppError("INVALID_PARAMETER_VALUE", message);
}

async function importModule(module: string): Promise<Readonly<Record<string, unknown>>> {
  try {
    return (await import(module)) as Record<string, unknown>; // A module's namespace is an object.
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new AppError("INVALID_PARAMETER_VALUE", `module ${module} does not load: ${reason}`, { cause });
  }
}
