import { isObject } from "@flightdeck/core";
import { cellAt, type Frame } from "@flightdeck/frame";
import { parsePythonJson } from "../invocation/python-numbers.ts";
import { parseContentType } from "../invocation/content-type.ts";
import type { MlModel } from "../mlmodel/ml-model.ts";
import type { FlavorFiles } from "../mlmodel/model-file.ts";
import type { Model, PredictOptions, ScoreAnswer, ScoreRequest } from "../model.ts";
import { type Predictions, predictionsFromAnswer } from "../signature/predictions.ts";
import type { ColumnSpec } from "../signature/signature.ts";
import { ensurePythonEnvironment, type PythonEnvironmentOptions } from "./python-environment.ts";
import { WorkerPool } from "./worker-pool.ts";

/** How to run a Python model. */
export type PythonModelOptions = PythonEnvironmentOptions & {
  /** Number of processes, each with its own copy of the model. Default 1. */
  readonly workers?: number | undefined;
  /** Default 60,000, as MLflow's `MLFLOW_SCORING_SERVER_REQUEST_TIMEOUT`. */
  readonly requestTimeoutMs?: number | undefined;
  /** Receives what the model prints. Default: our standard error. */
  readonly onOutput?: ((chunk: Uint8Array) => void) | undefined;
};

const REQUEST_TIMEOUT_MS = 60_000;

/**
 * Loads a `python_function` model into separate processes with their own environment, never into this process. Throws
 * the errors of `ensurePythonEnvironment`, `INVALID_STATE` if Python cannot load the model, and `CANCELLED` if the
 * signal fires first.
 */
export async function loadPythonModel(files: FlavorFiles, options: PythonModelOptions): Promise<Model> {
  const { dir, mlModel, config } = files;
  const { python, env } = await ensurePythonEnvironment(dir, config, options);
  const onOutput = options.onOutput ?? ((chunk) => void process.stderr.write(chunk));
  const poolOptions = {
    command: { python, env, modelFolder: dir, onOutput },
    workers: options.workers ?? 1,
    requestTimeoutMs: options.requestTimeoutMs ?? REQUEST_TIMEOUT_MS,
  };
  const pool = await WorkerPool.start(poolOptions, options.signal);
  return new PythonModel(mlModel, pool);
}

/** A model in worker processes, where MLflow's own scoring code answers. */
class PythonModel implements Model {
  readonly mlModel: MlModel;
  readonly needsFolder = true; // A replacement worker loads it again.
  readonly #pool: WorkerPool;

  constructor(mlModel: MlModel, pool: WorkerPool) {
    this.mlModel = mlModel;
    this.#pool = pool;
  }

  get inputs(): readonly ColumnSpec[] | undefined {
    const inputs = this.mlModel.signature?.inputs;
    return inputs?.kind === "columns" ? inputs.columns : undefined;
  }

  async predict(input: Frame, { params, signal }: PredictOptions = {}): Promise<Predictions> {
    const body = JSON.stringify({ dataframe_split: splitTable(input), params });
    const answer = await this.answer({ contentType: "application/json", body, signal });
    return predictionsFromAnswer(answer.status, parsePythonJson(answer.body.toString()));
  }

  async answer({ contentType = "", body, signal }: ScoreRequest): Promise<ScoreAnswer> {
    const bytes = typeof body === "string" ? Buffer.from(body) : body;
    const oldField = OLD_FORMATS[parseContentType(contentType)];
    if (oldField === undefined) return await this.#pool.answer({ contentType, body: bytes }, signal);
    const answer = await this.#pool.answer(wrapped(oldField, bytes), signal);
    if (answer.status !== 200) return answer;
    const json = parsePythonJson(answer.body.toString());
    return { ...answer, body: JSON.stringify(isObject(json) ? json["predictions"] : json) };
  }

  close(): Promise<void> {
    return this.#pool.close();
  }
}

/** The current protocol's field for what is the entire body in MLflow 1, where the answer is bare too. */
const OLD_FORMATS: Readonly<Record<string, string | undefined>> = {
  "pandas-split": "dataframe_split",
  "pandas-records": "dataframe_records",
};

function wrapped(name: string, body: Uint8Array): { readonly contentType: string; readonly body: Buffer } {
  const parts = [Buffer.from(`{"${name}": `), body, Buffer.from("}")];
  return { contentType: "application/json", body: Buffer.concat(parts) };
}

function splitTable(frame: Frame): object {
  const columns = frame.columnNames.map((name) => frame.column(name));
  const data = Array.from({ length: frame.numRows }, (_, row) =>
    columns.map((column) => cellAt(column, row)),
  );
  return { columns: frame.columnNames, data };
}
