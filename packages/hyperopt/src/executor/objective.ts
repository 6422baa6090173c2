import type { STATUS_OK, Status } from "../trials/status.ts";

/** The function that `fmin` minimises: from a point of the space to its loss. */
export type Objective<TValue> = (
  value: TValue,
  context: TrialContext,
) => ObjectiveResult | Promise<ObjectiveResult>;

/** What the objective gets beside the point. */
export type TrialContext = {
  /** The trial's `tid`. */
  readonly trialId: number;
  /** Fires when the search was cancelled or failed; long evaluations should stop then. */
  readonly signal: AbortSignal;
  /** Hands a line to fmin's `onLog`. */
  readonly log: (message: string) => void;
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
