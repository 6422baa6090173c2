import { availableParallelism } from "node:os";
import { throwIfAborted } from "@flightdeck/core";
import type { WalkForest } from "../forest.ts";
import { compileForest, type ForestRunner } from "./compiled-forest.ts";
import { applyLink, predictReadyRows, readyForest, type ReadyForest } from "./predict-rows.ts";
import { helpWithChunk } from "./predict-threads.ts";

/** How long to predict before yielding to other work in the process. */
const TURN_MS = 20;
/** The same limit as in the forest's options. */
const THREAD_COUNT_MAX = 256;
/** The number of rows times trees from which waking other threads pays off: about 2 ms of work. */
const THREADED_WALKS_MIN = 100_000;

export type PredictRequest = {
  /** One column per feature; NaN is a missing value. */
  readonly columns: readonly Float32Array[];
  readonly numRows: number;
  readonly signal?: AbortSignal | undefined;
  /** Default: one per core. */
  readonly nThreads?: number | undefined;
};

type NodeForest = ReadyForest & {
  /** Settles when the memory of the chunk is free; concurrent calls queue here. */
  free: Promise<unknown>;
};

const ready = new WeakMap<WalkForest, NodeForest>();

/**
 * Predicts the mean over the trees of each row's leaf values, or as `Forest.aggregation` says: rows × leafSize. Long
 * work yields to other tasks of the process regularly, and the signal stops it at these points.
 */
export async function predictForest(forest: WalkForest, request: PredictRequest): Promise<Float32Array> {
  throwIfAborted(request.signal);
  const node = nodeForest(forest);
  const answers = node.free.then(() => predictAll(node, request));
  node.free = answers.catch(() => undefined);
  return answers;
}

/** The same for a row-major matrix, synchronously in this thread: for few rows, a few microseconds each. */
export function predictForestRows(forest: WalkForest, values: Float32Array): Float32Array {
  return predictReadyRows(nodeForest(forest), values);
}

function nodeForest(forest: WalkForest): NodeForest {
  const known = ready.get(forest);
  if (known !== undefined) return known;
  const threadCountMax = Math.min(availableParallelism(), THREAD_COUNT_MAX);
  const compiled = compileForest(forest, { threadCountMax, shared: true });
  const made = { ...readyForest(forest, compiled), free: Promise.resolve() };
  ready.set(forest, made);
  return made;
}

async function predictAll(node: NodeForest, request: PredictRequest): Promise<Float32Array> {
  const { numRows, signal } = request;
  const { leafSize } = node.forest;
  const out = new Float32Array(numRows * leafSize);
  const turn = new Turn(signal);
  const chunkRows = node.runner?.layout.chunk.rowsMax ?? PLAIN_ROWS;
  for (let start = 0; start < numRows; start += chunkRows) {
    const end = Math.min(start + chunkRows, numRows);
    const part = request.columns.map((column) => column.subarray(start, end));
    const answers = node.runner
      ? await predictChunk(node, node.runner, { ...request, columns: part, numRows: end - start }, turn)
      : predictReadyRows(node, rowMajor(part, end - start));
    out.set(answers, start * leafSize);
    await turn.pass();
  }
  return node.runner ? applyLink(out, node.forest) : out;
}

/** The number of rows that the plain kernels process at a time. */
const PLAIN_ROWS = 2048;

function rowMajor(columns: readonly Float32Array[], numRows: number): Float32Array {
  const values = new Float32Array(numRows * columns.length);
  columns.forEach((column, feature) => {
    for (let row = 0; row < numRows; row++) values[row * columns.length + feature] = column[row] ?? 0;
  });
  return values;
}

async function predictChunk(
  node: NodeForest,
  runner: ForestRunner,
  { columns, numRows, nThreads }: PredictRequest,
  turn: Turn,
): Promise<Float32Array> {
  const { chunk, leafSize, threadCountMax } = runner.layout;
  columns.forEach((column, i) => runner.floats.set(column, chunk.values / 4 + i * chunk.rowsMax));
  runner.rewind();
  const isLarge = numRows * node.forest.roots.length >= THREADED_WALKS_MIN;
  const helpers = isLarge ? Math.min(nThreads ?? threadCountMax, threadCountMax) - 1 : 0;
  const help =
    node.compiled && helpers > 0 ? helpWithChunk({ forest: node.compiled, numRows }, helpers) : undefined;
  try {
    // Yields to other tasks of the process in between.
    while (!runner.takeBlocks({ numRows, thread: 0, stop: () => turn.isOver })) await turn.pass();
  } finally {
    runner.abandon();
    await help; // The threads write to the memory until then.
  }
  return runner.floats.subarray(chunk.answers / 4, chunk.answers / 4 + numRows * leafSize);
}

/** Divides long work into turns. */
class Turn {
  readonly #signal: AbortSignal | undefined;
  #endMs = performance.now() + TURN_MS;

  constructor(signal: AbortSignal | undefined) {
    this.#signal = signal;
  }

  get isOver(): boolean {
    return performance.now() >= this.#endMs;
  }

  /** Lets other tasks run when this turn is over; throws if the work was cancelled meanwhile. */
  async pass(): Promise<void> {
    if (!this.isOver) return;
    await new Promise((resolve) => setImmediate(resolve));
    throwIfAborted(this.#signal);
    this.#endMs = performance.now() + TURN_MS;
  }
}
