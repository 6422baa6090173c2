import { pathToFileURL } from "node:url";
import { getCallSites } from "node:util";
import { AppError } from "@flightdeck/core";
import type { STATUS_OK, Status } from "../trials/states.ts";

/** The function that `fmin` minimises: maps a point of the space to its loss. */
export type Objective<TValue> = (
  value: TValue,
  context: TrialContext,
) => ObjectiveResult | Promise<ObjectiveResult>;

/** The objective's second argument. */
export type TrialContext = {
  /** The trial's `tid`. */
  readonly trialId: number;
  /** Fires when the trial is cancelled or times out, or the search fails. Long evaluations should then stop. */
  readonly signal: AbortSignal;
  /** Passes a line to fmin's `onLog`. */
  readonly log: (message: string) => void;
  /** Reports an intermediate value at a step, for example the validation loss after an epoch; smaller is better. */
  readonly report: (value: number, step: number) => void;
  /**
   * Whether fmin's pruner wants to stop this trial, judging by its reports. If so, return
   * `{ status: STATUS_SUSPENDED }`. Asynchronous because the answer may come from another process.
   */
  readonly shouldPrune: () => Promise<boolean>;
  /**
   * In a tracked search, the id of the trial's run, for logging its models and artifacts. Waits until the server has
   * created the run.
   */
  readonly runId?: (() => Promise<string>) | undefined;
};

/** The loss alone, or an object with a status, which is stored as the trial's result. */
export type ObjectiveResult = number | OkResult | OtherResult;

type OkResult = ResultExtras & { readonly status: typeof STATUS_OK; readonly loss: number };

type OtherResult = ResultExtras & {
  readonly status: Exclude<Status, typeof STATUS_OK>;
  readonly loss?: number;
};

type ResultExtras = {
  /** The variance of `loss` if it is an estimate. */
  readonly lossVariance?: number;
  /** The actual loss if `loss` is a surrogate for it. */
  readonly trueLoss?: number;
  /** Moved out of the result into `trials.trialAttachments(trial)`. */
  readonly attachments?: Readonly<Record<string, unknown>>;
  readonly [key: string]: unknown;
};

/** An objective that other threads and processes can load: a module's export. See `workerModule`. */
export type ObjectiveModule<TValue> = {
  /** The module's URL. */
  readonly module: string;
  readonly exportName: string;
  /** Never set; only carries the type of the objective's argument. */
  readonly takes?: ((value: TValue) => void) | undefined;
};

/**
 * The objective exported by a module, for executors that run it in another thread or process. Its argument and its
 * result cross that boundary, so both must be structured-cloneable.
 *
 * The module is a URL, an absolute path, or a path that starts with `./` or `../` and is resolved relative to the
 * calling file. A bundler moves that file: then pass `new URL("./train.ts", import.meta.url)`.
 *
 * @example
 * ```ts
 * const fn = workerModule<{ x: number }>("./train.ts", "objective");
 * ```
 */
export function workerModule<TValue>(module: string | URL, exportName = "default"): ObjectiveModule<TValue> {
  return { module: urlOf(module), exportName };
}

function urlOf(module: string | URL): string {
  if (module instanceof URL) return module.href;
  if (module.startsWith("/")) return pathToFileURL(module).href;
  if (!/^\.\.?\//.test(module)) return module;
  // The stack frames are this function, `workerModule` and its caller.
  const caller = getCallSites(3)[2]?.scriptName ?? "";
  const base = caller.startsWith("/") ? pathToFileURL(caller).href : caller;
  if (base.startsWith("file:")) return new URL(module, base).href;
  const message = `workerModule does not know which file "${module}" is relative to; pass new URL("${module}", import.meta.url)`;
  throw new AppError("INVALID_PARAMETER_VALUE", message);
}

/** Throws INVALID_PARAMETER_VALUE for an invalid report; see `TrialContext.report`. */
export function checkReport(value: unknown, step: unknown): void {
  if (typeof value === "number" && Number.isSafeInteger(step) && (step as number) >= 0) return; // Integers are numbers.
  const got = `value ${String(value)}, step ${String(step)}`;
  const allowed = "report takes a number and a step, an integer of at least 0";
  throw new AppError("INVALID_PARAMETER_VALUE", `${allowed}; got ${got}`);
}
