import { AppError } from "@flightdeck/core";
import type { Frame } from "@flightdeck/frame";
import type { Predictor } from "./flavors/flavor.ts";
import type { MlModel } from "./mlmodel/ml-model.ts";
import { enforceSchema } from "./signature/enforce-schema.ts";
import type { Predictions } from "./signature/infer-signature.ts";
import { rowFrame, type RowInput, rowMatrix } from "./signature/row-input.ts";
import type { ColumnSpec } from "./signature/signature.ts";

/** Up to here a forest answers within some ten milliseconds, so that worker threads would only add to it. */
const MATRIX_ROWS_MAX = 1024;

/**
 * A loaded model that predicts, whatever its flavour. Inputs are checked against its columns as MLflow does: missing
 * ones are named, extra ones dropped, types converted where that keeps the value. Safe for concurrent use.
 */
export class Scorer {
  /** What the MLmodel file says. */
  readonly mlModel: MlModel;
  /** The columns that a prediction takes, in order. */
  readonly inputs: readonly ColumnSpec[];
  private readonly predictor: Predictor;
  /** A matrix has no names, so it is of use only where the signature has the model's columns in the model's order. */
  private readonly predictMatrix: Predictor["predictMatrix"];

  constructor(mlModel: MlModel, predictor: Predictor) {
    this.mlModel = mlModel;
    this.inputs = inputColumns(mlModel, predictor);
    this.predictor = predictor;
    this.predictMatrix = sameNames(this.inputs, predictor.inputs) ? predictor.predictMatrix : undefined;
  }

  /** One prediction a row: class labels for a classifier. */
  async predict(frame: Frame, signal?: AbortSignal): Promise<Predictions> {
    return this.predictor.predict(enforceSchema(frame, this.inputs), signal);
  }

  /** The same for rows of JSON values. */
  async predictRows(input: RowInput, signal?: AbortSignal): Promise<Predictions> {
    const { predictMatrix } = this;
    if (input.data.length === 0) return [];
    if (predictMatrix === undefined || input.data.length > MATRIX_ROWS_MAX) {
      return this.predict(rowFrame(input, this.inputs), signal);
    }
    return predictMatrix(rowMatrix(input, this.inputs));
  }
}

function inputColumns(mlModel: MlModel, predictor: Predictor): readonly ColumnSpec[] {
  const inputs = mlModel.signature?.inputs;
  if (inputs === undefined) return predictor.inputs;
  if (inputs.kind === "columns") return inputs.columns;
  throw new AppError(
    "NOT_IMPLEMENTED",
    "models whose signature takes tensors or objects cannot be scored yet",
  );
}

function sameNames(a: readonly ColumnSpec[], b: readonly ColumnSpec[]): boolean {
  return a.length === b.length && a.every(({ name }, i) => name === b[i]?.name);
}
