import type { Frame } from "@flightdeck/frame";
import type { FlavorConfig } from "../mlmodel/ml-model.ts";
import type { Predictions } from "../signature/infer-signature.ts";
import type { ColumnSpec } from "../signature/signature.ts";

/** A loaded model, as far as scoring needs it. Inputs are in the model's own columns, checked before. */
export type Predictor = {
  /** The columns that the model was fitted on, for models saved without a signature. */
  readonly inputs: readonly ColumnSpec[];
  predict(frame: Frame, signal?: AbortSignal): Promise<Predictions>;
  /** The same for a row-major matrix of few rows, at once and in this thread; absent where a flavour cannot. */
  readonly predictMatrix?: (matrix: Float32Array, numRows: number) => Predictions;
};

/** One kind of model: how it is recognised, saved and loaded. The one place where kinds of model differ. */
export type Flavor<TModel = unknown> = {
  /** The key under `flavors` in the MLmodel file. */
  readonly name: string;
  /** Whether `save` takes this model. */
  canSave(model: unknown): model is TModel;
  /** Writes the model's own files into the folder, which exists, and says what `load` must know. */
  save(model: TModel, dir: string): Promise<FlavorConfig>;
  load(dir: string, config: FlavorConfig): Promise<Predictor>;
};
