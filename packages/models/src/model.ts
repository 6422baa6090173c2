import type { Frame } from "@flightdeck/frame";
import type { MlModel } from "./mlmodel/ml-model.ts";
import type { Predictions } from "./signature/predictions.ts";
import type { ColumnSpec } from "./signature/signature.ts";

/** Options of a single prediction. */
export type PredictOptions = {
  /** Values for the parameters that the signature declares. Others are ignored, as in MLflow. */
  readonly params?: Readonly<Record<string, unknown>> | undefined;
  readonly signal?: AbortSignal | undefined;
};

/** The body of an invocation in MLflow's scoring protocol. */
export type ScoreRequest = {
  /** The Content-Type header. */
  readonly contentType: string | undefined;
  readonly body: string | Uint8Array;
  readonly signal?: AbortSignal | undefined;
};

/** The answer to an invocation, ready to send. */
export type ScoreAnswer = {
  readonly status: number;
  readonly contentType: string;
  readonly body: string | Uint8Array;
};

/** A loaded model of any flavor, in this process or in Python. Safe for concurrent use. */
export type Model = {
  /** The content of the MLmodel file. */
  readonly mlModel: MlModel;
  /** The columns that a prediction takes, in order. Absent if the model accepts anything. */
  readonly inputs: readonly ColumnSpec[] | undefined;
  /** Whether the folder must stay in place until the model is closed. */
  readonly needsFolder: boolean;
  /** Checks the input against the signature, as MLflow does, and predicts. */
  predict(input: Frame, options?: PredictOptions): Promise<Predictions>;
  /** Answers an invocation. Reports an invalid request by throwing or with a status 400 answer. */
  answer(request: ScoreRequest): Promise<ScoreAnswer>;
  /** Stops the model's processes. Pending predictions fail. */
  close(): Promise<void>;
};
