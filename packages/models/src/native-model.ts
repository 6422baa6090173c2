import { AppError, isAppError, messageOf } from "@flightdeck/core";
import { type Frame, frameFromCsv } from "@flightdeck/frame";
import type { Predictor } from "./flavors/flavor.ts";
import { type InvocationFormat, parseContentType } from "./invocation/content-type.ts";
import {
  type Invocation,
  parseInvocation,
  parsePandasRecords,
  parsePandasSplit,
} from "./invocation/parse-invocation.ts";
import type { MlModel } from "./mlmodel/ml-model.ts";
import type { Model, PredictOptions, ScoreAnswer, ScoreRequest } from "./model.ts";
import { columnPositions } from "./signature/column-positions.ts";
import { enforceParams } from "./signature/enforce-params.ts";
import { enforceSchema } from "./signature/enforce-schema.ts";
import { type Predictions, predictionsToJson } from "./signature/predictions.ts";
import { rowFrame, type RowInput, rowMatrix } from "./signature/row-input.ts";
import type { ColumnSpec } from "./signature/signature.ts";

/** A forest answers this many rows within about ten milliseconds; worker threads would only add latency. */
const MATRIX_ROWS_MAX = 1024;

/**
 * A model that is scored in this process. Checks inputs against its columns as MLflow does: names the missing ones,
 * drops extra ones, and converts types if that preserves the value.
 */
export class NativeModel implements Model {
  readonly mlModel: MlModel;
  readonly inputs: readonly ColumnSpec[];
  readonly needsFolder = false;
  readonly #predictor: Predictor;
  /** A matrix has no column names, so it only works if the signature lists the model's columns in the model's order. */
  readonly #predictMatrix: Predictor["predictMatrix"];

  constructor(mlModel: MlModel, predictor: Predictor) {
    this.mlModel = mlModel;
    this.inputs = inputColumns(mlModel, predictor);
    this.#predictor = predictor;
    const takesParams = mlModel.signature?.params !== undefined;
    const inOrder = sameNames(this.inputs, predictor.inputs);
    this.#predictMatrix = inOrder && !takesParams ? predictor.predictMatrix : undefined;
  }

  async predict(input: Frame, options: PredictOptions = {}): Promise<Predictions> {
    return this.#predictEnforced(enforceSchema(input, this.inputs), options);
  }

  async #predictEnforced(input: Frame, { params, signal }: PredictOptions): Promise<Predictions> {
    const checked = enforceParams(params, this.mlModel.signature?.params);
    return this.#predictor.predict(input, { params: checked, signal });
  }

  async #predictRows(input: RowInput, options: PredictOptions = {}): Promise<Predictions> {
    if (input.data.length === 0) {
      columnPositions(this.inputs, input.columns); // Report missing columns even if there are no rows.
      return { kind: "labels", values: [] };
    }
    if (this.#predictMatrix === undefined || input.data.length > MATRIX_ROWS_MAX) {
      return this.#predictEnforced(rowFrame(input, this.inputs), options);
    }
    return this.#predictMatrix(rowMatrix(input, this.inputs));
  }

  async answer({ contentType, body, signal }: ScoreRequest): Promise<ScoreAnswer> {
    const format = parseContentType(contentType);
    const text = typeof body === "string" ? body : textOf(body);
    const predictions = await this.#score(format, text, signal);
    const json = predictionsToJson(predictions);
    const isBare = format === "pandas-split" || format === "pandas-records";
    return {
      status: 200,
      contentType: "application/json",
      body: JSON.stringify(isBare ? json : { predictions: json }),
    };
  }

  close(): Promise<void> {
    return this.#predictor.close();
  }

  #parseCsv(body: string): Frame {
    try {
      return enforceSchema(frameFromCsv(body), this.inputs);
    } catch (cause) {
      if (isAppError(cause) && cause.details?.["missing"] !== undefined) throw cause;
      throw new AppError("BAD_REQUEST", `the body is not CSV of the model's columns: ${messageOf(cause)}`, {
        cause,
      });
    }
  }

  #score(format: InvocationFormat, text: string, signal: AbortSignal | undefined): Promise<Predictions> {
    if (format === "csv") return this.#predictEnforced(this.#parseCsv(text), { signal });
    const { input, params } = PARSERS[format](text);
    return this.#predictRows(input, { params: params as PredictOptions["params"], signal });
  }
}

const PARSERS: Readonly<Record<Exclude<InvocationFormat, "csv">, (text: string) => Invocation>> = {
  json: parseInvocation,
  "pandas-split": (text) => ({ input: parsePandasSplit(text) }),
  "pandas-records": (text) => ({ input: parsePandasRecords(text) }),
};

const decoder = new TextDecoder();

function textOf(body: Uint8Array): string {
  return Buffer.isBuffer(body) ? body.toString("utf8") : decoder.decode(body);
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
