import { AppError } from "@flightdeck/core";
import type { Objective, ObjectiveModule, TrialContext } from "./objective.ts";

/**
 * Evaluates trials. `fmin` decides which points to evaluate and when; an executor only runs them: in this process, or
 * elsewhere with a custom executor. `fmin` creates one executor per search, from its `executor` option or from its
 * trials (`ExecutingTrials`).
 *
 * Contract: `fmin` has at most `parallelism` calls of `evaluate` in flight, and calls `close` once, after the last
 * evaluation has settled or was abandoned after cancellation.
 */
export type Executor<TValue> = {
  /** Maximum number of concurrent evaluations; an integer, at least 1. */
  readonly parallelism: number;
  /**
   * What happens to running trials when the search times out, reaches its loss threshold or stops early. `true` cancels
   * them, like hyperopt's SparkTrials. `false`, the default, waits for them, like its serial search.
   */
  readonly cancelsOnStop?: boolean | undefined;
  /**
   * Evaluates the objective once. Resolves with its return value, unchecked. Rejects with what it threw, or if it could
   * not be run. After `signal`, which belongs to this evaluation alone, has fired, it must settle as soon as it can,
   * either way.
   */
  evaluate(evaluation: Evaluation<TValue>): Promise<unknown>;
  /** Releases the executor's resources. */
  close(): Promise<void>;
};

/** One evaluation of the objective: the point of the space and the objective's context. */
export type Evaluation<TValue> = TrialContext & {
  readonly value: TValue;
  /** Receives each line, without its line ending, that the objective writes to its worker's stdout or stderr. */
  readonly output: (line: string, stream: "stdout" | "stderr") => void;
};

/** The options that `fmin` passes to an executor's factory. */
export type ExecutorOptions<TValue> = {
  readonly fn: Objective<TValue> | ObjectiveModule<TValue>;
  /** The value that was passed to `fmin`; undefined lets the executor choose. */
  readonly parallelism: number | undefined;
  /** The search's own signal, to abort setup before the first trial. */
  readonly signal?: AbortSignal | undefined;
};

/**
 * Creates the executor of one search, like `inProcessExecutor`. If it throws, for example because a cluster lacks a
 * required feature, the search fails before its first trial.
 */
export type ExecutorFactory = <TValue>(
  options: ExecutorOptions<TValue>,
) => Executor<TValue> | Promise<Executor<TValue>>;

/**
 * Trials that supply the executor of their searches, for example a subclass of `Trials`. fmin's `executor` option takes
 * precedence.
 */
export type ExecutingTrials = { readonly createExecutor: ExecutorFactory };

/** Whether trials supply an executor. */
export function hasExecutor(trials: object): trials is ExecutingTrials {
  return "createExecutor" in trials && typeof trials.createExecutor === "function";
}

/**
 * Evaluates in this process, one trial at a time by default. More than one helps only if `fn` waits for I/O, because
 * all trials share this thread.
 */
export function inProcessExecutor<TValue>({
  fn,
  parallelism = 1,
}: ExecutorOptions<TValue>): Executor<TValue> {
  const loading = typeof fn === "function" ? fn : loadObjective<TValue>(fn);
  // A load failure reaches the evaluations that await it.
  if (loading instanceof Promise) loading.catch(() => {});
  return {
    parallelism,
    // The objective writes straight to this process's own output, so `output` is unused.
    evaluate: async ({ value, trialId, signal, log, report, shouldPrune, runId }) =>
      (await loading)(value, { trialId, signal, log, report, shouldPrune, runId }),
    close: async () => {},
  };
}

/** Loads a module's exported objective. Throws INVALID_PARAMETER_VALUE naming the module and the export. */
export async function loadObjective<TValue>(
  { module, exportName }: ObjectiveModule<TValue>,
  importing: (module: string) => Promise<unknown> = (url) => import(url),
): Promise<Objective<TValue>> {
  const loaded = await importModule(module, importing);
  const objective = loaded[exportName];
  if (typeof objective === "function") return objective as Objective<TValue>; // workerModule's caller states the type.
  const found = Object.keys(loaded).join(", ") || "nothing";
  const message = `module ${module} must export a function "${exportName}", it exports ${found}`;
  throw new AppError("INVALID_PARAMETER_VALUE", message);
}

async function importModule(
  module: string,
  importing: (module: string) => Promise<unknown>,
): Promise<Readonly<Record<string, unknown>>> {
  try {
    return (await importing(module)) as Record<string, unknown>; // A module's namespace is an object.
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new AppError("INVALID_PARAMETER_VALUE", `module ${module} does not load: ${reason}`, { cause });
  }
}
