import type { WalkForest } from "../forest.ts";
import { type ForestImage, imageOf } from "./forest-image.ts";
import { type ForestProgram, forestProgram, ROWS_IN_STEP } from "./forest-program.ts";

/**
 * A forest as a WebAssembly module and its memory, which contains the image, space for a chunk of rows and their
 * predictions, and space for a block per thread. The memory never grows.
 */
export type CompiledForest = {
  readonly module: WebAssembly.Module;
  readonly memory: WebAssembly.Memory;
  readonly layout: MemoryLayout;
};

/** The layout of the memory, in bytes from its beginning. */
export type MemoryLayout = {
  readonly numFeatures: number;
  readonly leafSize: number;
  /** The initial values of the sums of leaf values. */
  readonly base: readonly number[];
  /** The next block of the chunk to take, a 32-bit integer that all threads add to. */
  readonly nextBlock: number;
  /** The rows that all threads predict together, column-major. */
  readonly chunk: RowsPlace;
  /** The rows that the owner of the memory predicts alone, row-major. */
  readonly direct: RowsPlace;
  /** The workspaces of the threads; the last one is for `direct`. */
  readonly rooms: number;
  readonly roomBytes: number;
  /** The offset of the sums in a workspace, after the ranks. */
  readonly sumsAt: number;
  readonly threadCountMax: number;
};

type RowsPlace = { readonly values: number; readonly answers: number; readonly rowsMax: number };

/** A chunk in a forest's memory, and the workspace for the thread. */
export type ChunkTask = {
  readonly forest: CompiledForest;
  readonly numRows: number;
  readonly thread: number;
};

/** Rows per block. Their ranks take about ten KiB, which leaves room for a tree in the L1 cache. */
export const BLOCK_ROWS = 256;
/** The maximum number of rows copied to the memory at once, and their maximum size. */
const CHUNK_ROWS_MAX = 2 ** 16;
const CHUNK_BYTES_MAX = 2 ** 24;
/** The maximum size of a thread's workspace; rows with ten thousand features fit. */
const ROOM_BYTES_MAX = 2 ** 25;
const PAGE_BYTES = 2 ** 16;
/** Each thread writes to separate cache lines. */
const LINE_BYTES = 64;
const WORD = 4;
const DOUBLE = 8;

export type CompileOptions = {
  readonly threadCountMax: number;
  /** Whether threads share the memory; browsers allow that only on isolated pages. */
  readonly shared: boolean;
};

/** Compiles a forest. Undefined if `imageOf` refuses it or WebAssembly has no SIMD; use `walkTrees` then. */
export function compileForest(forest: WalkForest, options: CompileOptions): CompiledForest | undefined {
  const image = imageOf(forest);
  if (image === undefined) return undefined;
  const layout = layoutOf(forest, image, options.threadCountMax);
  if (layout.roomBytes > ROOM_BYTES_MAX) return undefined;
  const pages = Math.ceil((layout.rooms + layout.roomBytes * (options.threadCountMax + 1)) / PAGE_BYTES);
  const code = forestProgram({
    image,
    leafSize: forest.leafSize,
    divisor: forest.aggregation?.divisor ?? forest.roots.length,
    memory: { pagesMin: pages, pagesMax: pages, shared: options.shared },
  });
  if (!WebAssembly.validate(code)) return undefined;
  const memory = new WebAssembly.Memory({ initial: pages, maximum: pages, shared: options.shared });
  new Uint8Array(memory.buffer).set(image.bytes);
  return { module: new WebAssembly.Module(code), memory, layout };
}

function layoutOf(forest: WalkForest, image: ForestImage, threadCountMax: number): MemoryLayout {
  const { numFeatures, leafSize } = forest;
  const rowBytes = (numFeatures + leafSize) * WORD;
  const blocks = Math.max(1, Math.floor(Math.min(CHUNK_ROWS_MAX, CHUNK_BYTES_MAX / rowBytes) / BLOCK_ROWS));
  const nextBlock = lineEnd(image.bytes.length);
  const place = (values: number, rowsMax: number): RowsPlace & { readonly end: number } => {
    const answers = values + rowsMax * numFeatures * WORD;
    return { values, answers, rowsMax, end: lineEnd(answers + rowsMax * leafSize * WORD) };
  };
  const chunk = place(nextBlock + LINE_BYTES, blocks * BLOCK_ROWS);
  const direct = place(chunk.end, BLOCK_ROWS);
  const sumsAt = lineEnd(BLOCK_ROWS * image.rowBytes);
  return {
    numFeatures,
    leafSize,
    base: forest.aggregation?.base ?? Array.from({ length: leafSize }, () => 0),
    nextBlock,
    chunk,
    direct,
    rooms: direct.end,
    roomBytes: lineEnd(sumsAt + BLOCK_ROWS * leafSize * DOUBLE),
    sumsAt,
    threadCountMax,
  };
}

function lineEnd(address: number): number {
  return Math.ceil(address / LINE_BYTES) * LINE_BYTES;
}

export type BlocksRequest = {
  /** The number of rows in the chunk. */
  readonly numRows: number;
  /** The thread whose workspace to use, from 0. */
  readonly thread: number;
  /** Returns true to stop before the next block. */
  readonly stop?: (() => boolean) | undefined;
};

/** A forest used by one thread. Concurrent calls must not use the same workspace. */
export class ForestRunner {
  readonly layout: MemoryLayout;
  /** Three views of the memory. */
  readonly floats: Float32Array;
  readonly #doubles: Float64Array;
  readonly #counter: Int32Array;
  readonly #program: ForestProgram;
  readonly #startsAtZero: boolean;

  constructor({ module, memory, layout }: CompiledForest) {
    this.layout = layout;
    this.floats = new Float32Array(memory.buffer);
    this.#doubles = new Float64Array(memory.buffer);
    this.#counter = new Int32Array(memory.buffer, layout.nextBlock, 1);
    // The exports of the module generated by `forestProgram`.
    this.#program = new WebAssembly.Instance(module, { env: { memory } }).exports as ForestProgram;
    this.#startsAtZero = layout.base.every((value) => value === 0);
  }

  /** Starts over with the first block of the chunk. */
  rewind(): void {
    Atomics.store(this.#counter, 0, 0);
  }

  /** Marks all blocks as taken. */
  abandon(): void {
    Atomics.store(this.#counter, 0, this.layout.chunk.rowsMax / BLOCK_ROWS);
  }

  /**
   * Predicts blocks of the chunk until none is left or `stop` returns true; concurrent threads share the blocks.
   * Returns whether none is left.
   */
  takeBlocks({ numRows, thread, stop }: BlocksRequest): boolean {
    const { chunk, leafSize } = this.layout;
    for (;;) {
      if (stop?.() === true) return false;
      const start = Atomics.add(this.#counter, 0, 1) * BLOCK_ROWS;
      if (start >= numRows) return true;
      this.#predict({
        values: chunk.values + start * WORD,
        answers: chunk.answers + start * leafSize * WORD,
        rowStride: WORD,
        featureStride: chunk.rowsMax * WORD,
        count: Math.min(BLOCK_ROWS, numRows - start),
        thread,
      });
    }
  }

  /** Predicts up to `direct.rowsMax` rows, row-major. The result is overwritten by the next call. */
  predictDirect(values: Float32Array): Float32Array {
    const { direct, numFeatures, leafSize, threadCountMax } = this.layout;
    const count = values.length / numFeatures;
    this.floats.set(values, direct.values / WORD);
    this.#predict({
      values: direct.values,
      answers: direct.answers,
      rowStride: numFeatures * WORD,
      featureStride: WORD,
      count,
      thread: threadCountMax,
    });
    return this.floats.subarray(direct.answers / WORD, direct.answers / WORD + count * leafSize);
  }

  #predict({ values, answers, rowStride, featureStride, count, thread }: PredictCall): void {
    const { rooms, roomBytes, sumsAt, leafSize } = this.layout;
    const ranks = rooms + thread * roomBytes;
    const sums = ranks + sumsAt;
    this.#startSums(sums / DOUBLE, Math.ceil(count / ROWS_IN_STEP) * ROWS_IN_STEP * leafSize);
    const run = count === 1 ? this.#program.predictRow : this.#program.predictRows;
    run(values, rowStride, featureStride, count, ranks, sums, answers);
  }

  #startSums(at: number, length: number): void {
    if (this.#startsAtZero) this.#doubles.fill(0, at, at + length);
    else
      for (let i = 0; i < length; i++)
        this.#doubles[at + i] = this.layout.base[i % this.layout.leafSize] ?? 0;
  }
}

type PredictCall = {
  readonly values: number;
  readonly answers: number;
  readonly rowStride: number;
  readonly featureStride: number;
  readonly count: number;
  readonly thread: number;
};
