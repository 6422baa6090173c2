import type { WalkForest } from "../forest.ts";
import { type ForestImage, imageOf } from "./forest-image.ts";
import { type ForestProgram, forestProgram, ROWS_IN_STEP } from "./forest-program.ts";

/**
 * A forest as a WebAssembly module and its memory, which holds the image, room for a chunk of rows and their answers, and
 * for each thread room for a block. The memory never grows.
 */
export type CompiledForest = {
  readonly module: WebAssembly.Module;
  readonly memory: WebAssembly.Memory;
  readonly layout: MemoryLayout;
};

/** Where things lie in the memory, in bytes from its beginning. */
export type MemoryLayout = {
  readonly numFeatures: number;
  readonly leafSize: number;
  /** What the sums of leaf values begin with. */
  readonly base: readonly number[];
  /** The next block of the chunk to take, a 32-bit integer that all threads add to. */
  readonly nextBlock: number;
  /** Rows that all threads predict together, column after column. */
  readonly chunk: RowsPlace;
  /** Rows that the owner of the memory predicts by itself, row after row. */
  readonly direct: RowsPlace;
  /** The rooms of the threads; the last one belongs to `direct`. */
  readonly rooms: number;
  readonly roomBytes: number;
  /** From the beginning of a room to its sums; before them lie ranks. */
  readonly sumsAt: number;
  readonly threadCountMax: number;
};

type RowsPlace = { readonly values: number; readonly answers: number; readonly rowsMax: number };

/** Rows of a block: as ranks some ten KiB, beside which a tree still fits into the first-level cache. */
export const BLOCK_ROWS = 256;
/** Rows that are brought into the memory at once, and what they may take there. */
const CHUNK_ROWS_MAX = 2 ** 16;
const CHUNK_BYTES_MAX = 2 ** 24;
/** The most that a thread's room may take: rows of ten thousand features still fit. */
const ROOM_BYTES_MAX = 2 ** 25;
const PAGE_BYTES = 2 ** 16;
/** What threads write lies on cache lines of their own. */
const LINE_BYTES = 64;
const WORD = 4;
const DOUBLE = 8;

export type CompileOptions = {
  readonly threadCountMax: number;
  /** Whether threads share the memory; browsers allow that on isolated pages only. */
  readonly shared: boolean;
};

/** Compiles a forest; undefined for one that `imageOf` refuses and where WebAssembly has no SIMD: `walkTrees` takes those. */
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
  /** Rows of the chunk. */
  readonly numRows: number;
  /** Whose room to use, from 0. */
  readonly thread: number;
  /** Returns true to stop before the next block. */
  readonly stop?: (() => boolean) | undefined;
};

/** A forest in the hands of one thread. Not two calls at a time may use the same room. */
export class ForestRunner {
  readonly layout: MemoryLayout;
  /** The memory, in three views. */
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
    // The module was written by `forestProgram`, whose exports these are.
    this.#program = new WebAssembly.Instance(module, { env: { memory } }).exports as ForestProgram;
    this.#startsAtZero = layout.base.every((value) => value === 0);
  }

  /** Makes the first block of the chunk the next one to take. */
  rewind(): void {
    Atomics.store(this.#counter, 0, 0);
  }

  /** Leaves no block to take. */
  abandon(): void {
    Atomics.store(this.#counter, 0, this.layout.chunk.rowsMax / BLOCK_ROWS);
  }

  /**
   * Predicts blocks of the chunk until none is left, or until `stop` says so before the next one; threads that do so at
   * once share them. Returns whether none was left.
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

  /** Predicts up to `direct.rowsMax` rows, row-major, and returns their answers; they are overwritten by the next call. */
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
