import type { STATUS_OK, Status } from "../trials/states.ts";

/** The function that `fmin` minimises: from a point of the space to its loss. */
export type Objective<TValue> = (
  value: TValue,
  context: TrialContext,
) => ObjectiveResult | Promise<ObjectiveResult>;

/** What the objective gets beside the point. */
export type TrialContext = {
  /** The trial's `tid`. */
  readonly trialId: number;
  /** Fires when this trial was cancelled or took too long, or the search failed; long evaluations should stop then. */
  readonly signal: AbortSignal;
  /** Hands a line to fmin's `onLog`. */
  readonly log: (message: string) => void;
  /** Records what was reached by a step, for example the validation loss after an epoch; smaller is better. */
  readonly report: (value: number, step: number) => void;
  /**
   * Whether fmin's pruner would rather give this trial up, judged by its reports. Then return
   * `{ status: STATUS_SUSPENDED }`. A promise, for the answer may come from another process.
   */
  readonly shouldPrune: () => Promise<boolean>;
};

/** The loss alone, or an object with a status, which is kept as the trial's result. */
export type ObjectiveResult = number | OkResult | OtherResult;

type OkResult = ResultExtras & { readonly status: typeof STATUS_OK; readonly loss: number };

type OtherResult = ResultExtras & {
  readonly status: Exclude<Status, typeof STATUS_OK>;
  readonly loss?: number;
};

type ResultExtras = {
  /** The variance of `loss`, when it is an estimate. */
  readonly lossVariance?: number;
  /** The loss that counts, when `loss` is a surrogate for it. */
  readonly trueLoss?: number;
  /** Moved out of the result into `trials.trialAttachments(trial)`. */
  readonly attachments?: Readonly<Record<string, unknown>>;
  readonly [key: string]: unknown;
};

/** An objective that other threads and processes can load: the export of a module. See `workerModule`. */
export type ObjectiveModule<TValue> = {
  /** The module's URL. */
  readonly module: string;
  readonly exportName: string;
  /** Never set: carries the type of the value that the objective takes. */
  readonly value?: TValue;
};

/**
 * The objective that a module exports, for executors that run it elsewhere. The value that it gets and the result that
 * it returns cross a border, so they must be structured-cloneable; for child processes, JSON.
 */
export function workerModule<TValue>(module: string | URL, exportName = "default"): ObjectiveModule<TValue> {
  return { module: String(module), exportName };
}
