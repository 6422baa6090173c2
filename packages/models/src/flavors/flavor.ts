import { AppError } from "@flightdeck/core";
import type { Frame } from "@flightdeck/frame";
import type { FlavorConfig } from "../mlmodel/ml-model.ts";
import type { PredictOptions } from "../model.ts";
import type { Predictions } from "../signature/predictions.ts";
import type { ColumnSpec } from "../signature/signature.ts";

/** The columns that a model was fitted on, in order. */
export type FlavorInput = readonly (ColumnSpec & { readonly name: string })[];

/** A model that is scored in this process. Its input has already been checked against the signature. */
export type Predictor = {
  /** Used for models saved without a signature. */
  readonly inputs: FlavorInput;
  predict(frame: Frame, options: PredictOptions): Promise<Predictions>;
  /**
   * Like `predict`, but for a small row-major matrix, synchronously and on this thread. Absent if the flavor cannot do
   * it.
   */
  readonly predictMatrix?: ((matrix: Float32Array) => Predictions) | undefined;
  close(): Promise<void>;
};

/** Saves one kind of model. */
export type FlavorWriter = {
  /** The key of the main flavor under `flavors` in the MLmodel file. */
  readonly name: string;
  /** Whether `save` accepts this model. */
  canSave(model: unknown): boolean;
  inputs(model: unknown): FlavorInput;
  /** Writes the model's files into an existing folder. Returns each flavor's entry for the MLmodel file. */
  save(model: unknown, dir: string): Promise<Readonly<Record<string, FlavorConfig>>>;
};

/** The error of a flavor that cannot score this particular model itself; the model's next flavor is tried. */
export function needsPython(what: string): AppError {
  return new AppError("NOT_IMPLEMENTED", `${what} cannot be scored without Python`);
}
