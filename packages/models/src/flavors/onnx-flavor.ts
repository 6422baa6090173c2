import { AppError, invalid, messageOf, throwIfAborted } from "@flightdeck/core";
import { type Column, Frame } from "@flightdeck/frame";
import { readFile } from "node:fs/promises";
import type * as OnnxRuntime from "onnxruntime-web";
import type { InferenceSession, Tensor, TypedTensor } from "onnxruntime-web";
import type { MlModel } from "../mlmodel/ml-model.ts";
import { dataFile, type FlavorFiles } from "../mlmodel/model-file.ts";
import type { ColumnSpec, ColumnType } from "../signature/signature.ts";
import { type FlavorInput, needsPython, type Predictor } from "./flavor.ts";

/** ONNX Runtime as WebAssembly, which needs no native binary. Loaded with the first model. */
type Runtime = Pick<typeof OnnxRuntime, "env" | "InferenceSession" | "Tensor">;

/** The element types that table columns can become. Graphs with other types need Python. */
type ElementType = "float32" | "float64" | "int32" | "int64" | "bool" | "string";

/** A graph input and the columns that feed it. */
type GraphInput = {
  readonly name: string;
  readonly type: ElementType;
  readonly columns: FlavorInput;
  /** True for a rows × columns matrix, false for a single column. */
  readonly isMatrix: boolean;
};

/**
 * Loads an ONNX graph and gives the same answers as `mlflow.onnx` for a table: a single input takes all columns as a
 * matrix, several inputs take one column each, and each output becomes a column of the answer. Throws `NOT_IMPLEMENTED`
 * for what only Python can score: no column signature, column types that the graph does not accept, outputs that are
 * not tensors, weights in external files.
 */
export async function loadOnnxPredictor(files: FlavorFiles): Promise<Predictor> {
  const columns = columnsOf(files.mlModel);
  const bytes = await readFile(await dataFile(files, "onnx"));
  const runtime = await loadRuntime();
  const session = await openSession(runtime, bytes);
  try {
    const inputs = graphInputs(session, columns);
    const other = session.outputMetadata.find(({ isTensor }) => !isTensor);
    if (other !== undefined) throw needsPython(`a graph whose output ${other.name} is not a tensor`);
    return onnxPredictor(runtime, session, inputs);
  } catch (error) {
    await session.release();
    throw error;
  }
}

function columnsOf({ signature }: MlModel): FlavorInput {
  if (signature?.params !== undefined) throw needsPython("a model with parameters for its predictions");
  if (signature?.inputs?.kind !== "columns") throw needsPython("a model without a column signature");
  return signature.inputs.columns.map((spec, i) => ({ ...spec, name: spec.name ?? String(i) }));
}

async function loadRuntime(): Promise<Runtime> {
  try {
    const runtime = await import("onnxruntime-web");
    runtime.env.logLevel = "error";
    runtime.env.wasm.numThreads = 1; // Requests share the CPU; extra threads would only compete.
    return runtime;
  } catch (cause) {
    throw needsPython(`an ONNX model (onnxruntime-web cannot be loaded: ${messageOf(cause)})`);
  }
}

async function openSession(runtime: Runtime, bytes: Uint8Array): Promise<InferenceSession> {
  try {
    return await runtime.InferenceSession.create(bytes);
  } catch (cause) {
    throw needsPython(`this graph (${messageOf(cause).split("\n")[0]})`);
  }
}

function graphInputs(session: InferenceSession, columns: FlavorInput): readonly GraphInput[] {
  const isMatrix = session.inputMetadata.length === 1;
  return session.inputMetadata.map((input) => {
    if (!input.isTensor) throw needsPython(`a graph whose input ${input.name} is not a tensor`);
    const own = isMatrix ? columns : columns.filter(({ name }) => name === input.name);
    const type = ELEMENT_TYPES.find((each) => each === input.type);
    const rank = isMatrix ? 2 : 1;
    if (type === undefined || own.length === 0 || !takes(type, own) || input.shape.length !== rank) {
      throw needsPython(`a graph whose input ${input.name} does not accept the signature's columns`);
    }
    return { name: input.name, type, columns: own, isMatrix };
  });
}

const ELEMENT_TYPES: readonly ElementType[] = ["float32", "float64", "int32", "int64", "bool", "string"];

const TYPE_OF_COLUMN: Readonly<Partial<Record<ColumnType, ElementType>>> = {
  boolean: "bool",
  integer: "int32",
  long: "int64",
  float: "float32",
  double: "float64",
  string: "string",
};

/** Whether `DataFrame.values` of these columns has this type, or is float64, which `mlflow.onnx` casts to float32. */
function takes(type: ElementType, columns: readonly ColumnSpec[]): boolean {
  const types = new Set(columns.map((spec) => TYPE_OF_COLUMN[spec.type]));
  const joined = types.size === 1 ? [...types][0] : joinedType(types);
  return joined === type || (joined === "float64" && type === "float32");
}

function joinedType(types: ReadonlySet<ElementType | undefined>): ElementType | undefined {
  if (types.has("bool") || types.has("string") || types.has(undefined)) return undefined; // Python objects.
  return types.has("float64") || types.has("float32") ? "float64" : "int64";
}

function onnxPredictor(
  runtime: Runtime,
  session: InferenceSession,
  inputs: readonly GraphInput[],
): Predictor {
  let free: Promise<unknown> = Promise.resolve();
  return {
    inputs: inputs.flatMap(({ columns }) => columns),
    async predict(frame, { signal }) {
      const feeds = Object.fromEntries(inputs.map((input) => [input.name, tensorOf(runtime, input, frame)]));
      const running = free.then(() => {
        throwIfAborted(signal);
        return run(session, feeds);
      });
      free = running.catch(() => undefined); // A session runs one request at a time.
      return { kind: "table", table: tableOf(await running) };
    },
    close: () => session.release(),
  };
}

type Feeds = Readonly<Record<string, Tensor>>;

async function run(session: InferenceSession, feeds: Feeds): Promise<InferenceSession.ReturnType> {
  try {
    return await session.run(feeds);
  } catch (cause) {
    throw new AppError("BAD_REQUEST", `the model cannot score this input: ${messageOf(cause)}`, { cause });
  }
}

function tensorOf(runtime: Runtime, { type, columns, isMatrix }: GraphInput, frame: Frame): Tensor {
  const dims = isMatrix ? [frame.numRows, columns.length] : [frame.numRows];
  const cells = rowMajor(
    columns.map(({ name }) => frame.column(name)),
    columns,
    frame.numRows,
  );
  switch (type) {
    case "float32":
      return new runtime.Tensor("float32", Float32Array.from(cells, Number), dims);
    case "float64":
      return new runtime.Tensor("float64", Float64Array.from(cells, Number), dims);
    case "int32":
      return new runtime.Tensor("int32", Int32Array.from(cells, Number), dims);
    case "int64":
      return new runtime.Tensor("int64", BigInt64Array.from(cells, wholeNumber), dims);
    case "bool":
      return new runtime.Tensor(
        "bool",
        cells.map((cell) => cell !== 0),
        dims,
      );
    case "string":
      return new runtime.Tensor("string", cells.map(String), dims);
  }
}

function wholeNumber(cell: number | string): bigint {
  if (Number.isInteger(cell)) return BigInt(cell);
  throw invalid(`a column of whole numbers must have no missing values, got ${cell}`);
}

/** Copies the columns into a row-major array. Rounds values of `float` columns to 32 bits first. */
function rowMajor(
  columns: readonly Column[],
  specs: readonly ColumnSpec[],
  numRows: number,
): (number | string)[] {
  const cells: (number | string)[] = Array.from({ length: numRows * columns.length }, () => Number.NaN);
  columns.forEach(({ values, nulls }, place) => {
    const isFloat = specs[place]?.type === "float";
    for (let row = 0; row < numRows; row++) {
      const value = nulls?.[row] === 1 ? Number.NaN : (values[row] ?? Number.NaN);
      cells[row * columns.length + place] = isFloat ? Math.fround(Number(value)) : value;
    }
  });
  return cells;
}

/** Makes each output a column, flattened, as `mlflow.onnx` does when it builds a table. */
function tableOf(outputs: InferenceSession.ReturnType): Frame {
  const columns = Object.entries(outputs).map(([name, tensor]) =>
    columnOf(name, tensor as TypedTensor<never>),
  );
  const lengths = new Set(columns.map(({ values }) => values.length));
  if (lengths.size === 1) return Frame.fromColumns(columns);
  const shapes = Object.entries(outputs).map(([name, { dims }]) => `${name} ${dims.join("×")}`);
  const message = `outputs of different lengths (${shapes.join(", ")}) do not form a table`;
  throw new AppError("BAD_REQUEST", message);
}

function columnOf(name: string, { type, data }: Tensor): Column {
  const nulls = undefined;
  if (data instanceof Float32Array) return { name, dtype: "float32", values: data, nulls };
  if (type === "bool") return { name, dtype: "boolean", values: Uint8Array.from(data as Uint8Array), nulls };
  if (type === "string") return { name, dtype: "string", values: data as string[], nulls };
  const dtype = type === "float64" ? "float64" : "int64";
  return { name, dtype, values: Float64Array.from(data as ArrayLike<number | bigint>, Number), nulls };
}
