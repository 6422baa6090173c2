import type { Frame } from "@flightdeck/frame";
import type { FlavorConfig } from "../mlmodel/ml-model.ts";
import type { Predictions } from "../signature/infer-signature.ts";
import type { ColumnSpec } from "../signature/signature.ts";

/** The columns that a model was fitted on, in order. */
export type FlavorInput = readonly (ColumnSpec & { readonly name: string })[];

/** A loaded model, as far as scoring needs it. What it gets has been checked against the model's columns. */
export type Predictor = {
  /** For models saved without a signature. */
  readonly inputs: FlavorInput;
  predict(frame: Frame, signal?: AbortSignal): Promise<Predictions>;
  /** The same for a row-major matrix of few rows, at once and in this thread; absent where a flavour cannot. */
  readonly predictMatrix?: (matrix: Float32Array) => Predictions;
};

/** One kind of model: how it is recognised, saved and loaded. The one place where kinds of model differ. */
export type Flavor = {
  /** The key under `flavors` in the MLmodel file. */
  readonly name: string;
  /** Whether `save` takes this model. */
  canSave(model: unknown): boolean;
  /** The model's columns. */
  inputs(model: unknown): FlavorInput;
  /** Writes the model's own files into the folder, which exists, and says what `load` must know. */
  save(model: unknown, dir: string): Promise<FlavorConfig>;
  load(dir: string, config: FlavorConfig): Promise<Predictor>;
};
