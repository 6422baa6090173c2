import {
  assemble,
  type Code,
  f32,
  f64,
  f64x2,
  get,
  I32,
  i32,
  I64,
  i64,
  F32,
  loopWhile,
  select,
  set,
  tee,
  v128,
  when,
} from "../wasm/assembler.ts";
import {
  FEATURE_WORDS,
  type ForestImage,
  LEVELS_IN_STEP,
  type NodeFormat,
  SEGMENT_WORDS,
  TREE_WORDS,
  TREES_IN_STEP,
} from "./forest-image.ts";

/** The number of rows that walk a tree in parallel: enough to hide the latency of memory loads. */
export const ROWS_IN_STEP = 8;
const WORD = 4;
const DOUBLE = 8;

export type ProgramOptions = {
  readonly image: Pick<ForestImage, "rowBytes" | "segments" | "segmentCount" | "format">;
  readonly leafSize: number;
  /** The divisor of the sums over the trees. */
  readonly divisor: number;
  readonly memory: { readonly pagesMin: number; readonly pagesMax: number; readonly shared: boolean };
};

/**
 * Predicts `count` rows. Row r's value of feature f lies at `values + r * rowStride + f * featureStride`. `ranks` is
 * space for the rows' ranks and `sums` for the sums of leaf values (doubles, rows × leafSize), both for a multiple of 8
 * rows; `sums` contains the initial values. The predictions are written to `out`, rows × leafSize 32-bit floats.
 */
// oxlint-disable-next-line max-params -- WebAssembly accepts only numbers
export type PredictRows = (
  values: number,
  rowStride: number,
  featureStride: number,
  count: number,
  ranks: number,
  sums: number,
  out: number,
) => void;

/** The exports of a forest's module. */
export type ForestProgram = {
  readonly predictRows: PredictRows;
  /** The same for a single row, which walks several trees in parallel. */
  readonly predictRow: PredictRows;
};

/**
 * Generates the WebAssembly module of a forest. The properties of the forest (row length, location of nodes, values per
 * leaf) are constants in its code.
 */
export function forestProgram(options: ProgramOptions): Uint8Array<ArrayBuffer> {
  const functions = [rowsFunction(options), rowFunction(options)];
  return assemble({ functions, memory: options.memory });
}

// Locals of both functions. Parameters come first.
const [VALUES, ROW_STRIDE, FEATURE_STRIDE, COUNT, RANKS, SUMS, OUT] = [0, 1, 2, 3, 4, 5, 6];
const [SEGMENT, RECORD, END, ROW, ROW_END, AT] = [7, 8, 9, 10, 11, 12];
const [HALF, POSITION, LIST, LEVEL, LEAF, SUM] = [13, 14, 15, 16, 17, 18];
const LANE = 19; // Eight locals: the current node of each row or tree.
const NODE_WORD = 27;
const NODE = 28;
const X = 29;
const LOCALS = [...Array.from({ length: 21 }, (): typeof I32 => I32), I64, F32] as const;
const PARAMS = [I32, I32, I32, I32, I32, I32, I32] as const;

function rowsFunction(options: ProgramOptions): Parameters<typeof assemble>[0]["functions"][number] {
  const { rowBytes } = options.image;
  const walkGroup: Code = [
    startLanes(() => i32.load(get(RECORD))),
    walkLevels(options, 1, (lane) => lane * rowBytes),
    Array.from({ length: ROWS_IN_STEP }, (_, lane) =>
      addLeaf(options, lane, { record: 0, sum: lane * options.leafSize * DOUBLE }),
    ),
    set(SUM, i32.add(get(SUM), i32.const(ROWS_IN_STEP * options.leafSize * DOUBLE))),
    set(ROW, i32.add(get(ROW), i32.const(ROWS_IN_STEP * rowBytes))),
  ];
  const walkTree: Code = [
    set(ROW, get(RANKS)),
    set(SUM, get(SUMS)),
    set(ROW_END, i32.add(get(RANKS), i32.mul(get(COUNT), i32.const(rowBytes)))),
    loopWhile(walkGroup, i32.ltUnsigned(get(ROW), get(ROW_END))),
    set(RECORD, i32.add(get(RECORD), i32.const(TREE_WORDS * WORD))),
  ];
  return {
    name: "predictRows",
    params: PARAMS,
    locals: LOCALS,
    body: [
      eachSegment(options, loopWhile(walkTree, i32.ltUnsigned(get(RECORD), get(END)))),
      writeAnswers(options),
    ],
  };
}

function rowFunction(options: ProgramOptions): Parameters<typeof assemble>[0]["functions"][number] {
  const walkGroup: Code = [
    startLanes((lane) => i32.load(get(RECORD), lane * TREE_WORDS * WORD)),
    walkLevels(options, 2, () => 0),
    Array.from({ length: TREES_IN_STEP }, (_, lane) =>
      addLeaf(options, lane, { record: lane * TREE_WORDS * WORD, sum: 0 }),
    ),
    set(RECORD, i32.add(get(RECORD), i32.const(TREES_IN_STEP * TREE_WORDS * WORD))),
  ];
  const walkTrees: Code = [
    set(ROW, get(RANKS)),
    set(SUM, get(SUMS)),
    loopWhile(walkGroup, i32.ltUnsigned(get(RECORD), get(END))),
  ];
  return {
    name: "predictRow",
    params: PARAMS,
    locals: LOCALS,
    body: [eachSegment(options, walkTrees), writeAnswers(options)],
  };
}

/**
 * For each segment: computes the ranks of all rows, then runs `body` with RECORD and END at the records of its trees.
 */
function eachSegment({ image }: ProgramOptions, body: Code): Code {
  const end = image.segments + image.segmentCount * SEGMENT_WORDS * WORD;
  const one: Code = [
    set(RECORD, i32.load(get(SEGMENT))),
    set(END, i32.load(get(SEGMENT), WORD)),
    when(i32.ltUnsigned(get(RECORD), get(END)), rankFeatures(image)),
    set(RECORD, i32.load(get(SEGMENT), 2 * WORD)),
    set(END, i32.load(get(SEGMENT), 3 * WORD)),
    body,
    set(SEGMENT, i32.add(get(SEGMENT), i32.const(SEGMENT_WORDS * WORD))),
  ];
  return [
    set(SEGMENT, i32.const(image.segments)),
    loopWhile(one, i32.ltUnsigned(get(SEGMENT), i32.const(end))),
  ];
}

/** Computes the ranks of all rows, feature by feature. */
function rankFeatures({ rowBytes, format }: ProgramOptions["image"]): Code {
  const missingHigh = i32.const(2 ** format.rankBits - 1);
  const oneRow: Code = [
    set(X, f32.load(get(AT))),
    set(HALF, i32.load(get(RECORD), 2 * WORD)),
    set(POSITION, get(LIST)),
    loopWhile(
      [
        // Whether the threshold at the end of the lower half is below the value. A missing value is below all
        // thresholds.
        set(
          POSITION,
          i32.add(
            get(POSITION),
            select(
              get(HALF),
              i32.const(0),
              f32.gt(get(X), f32.load(i32.sub(i32.add(get(POSITION), get(HALF)), i32.const(WORD)))),
            ),
          ),
        ),
        set(HALF, i32.shrUnsigned(get(HALF), i32.const(1))),
      ],
      i32.ltUnsigned(i32.const(WORD - 1), get(HALF)),
    ),
    set(POSITION, i32.shrUnsigned(i32.sub(get(POSITION), get(LIST)), i32.const(2))),
    i32.store(
      get(ROW),
      i32.or(
        get(POSITION),
        i32.shl(select(missingHigh, get(POSITION), f32.ne(get(X), get(X))), i32.const(16)),
      ),
    ),
    set(AT, i32.add(get(AT), get(ROW_STRIDE))),
    set(ROW, i32.add(get(ROW), i32.const(rowBytes))),
  ];
  const oneFeature: Code = [
    set(AT, i32.add(get(VALUES), i32.mul(i32.load(get(RECORD)), get(FEATURE_STRIDE)))),
    set(LIST, i32.load(get(RECORD), WORD)),
    set(ROW, i32.add(get(RANKS), i32.load(get(RECORD), 3 * WORD))),
    set(ROW_END, i32.add(get(ROW), i32.mul(get(COUNT), i32.const(rowBytes)))),
    loopWhile(oneRow, i32.ltUnsigned(get(ROW), get(ROW_END))),
    set(RECORD, i32.add(get(RECORD), i32.const(FEATURE_WORDS * WORD))),
  ];
  return loopWhile(oneFeature, i32.ltUnsigned(get(RECORD), get(END)));
}

function startLanes(root: (lane: number) => Code): Code {
  return Array.from({ length: ROWS_IN_STEP }, (_, lane) => set(LANE + lane, root(lane)));
}

/** Moves all lanes down by the number of levels in word `depthWord` of the tree's record. */
function walkLevels(
  { image }: ProgramOptions,
  depthWord: number,
  rankOffset: (lane: number) => number,
): Code {
  const step = image.format.nodeBytes === 4 ? stepNarrow : stepWide;
  const level: Code = Array.from({ length: ROWS_IN_STEP }, (_, lane) =>
    step(image.format, LANE + lane, rankOffset(lane)),
  );
  const levels = Array.from({ length: LEVELS_IN_STEP }, () => level);
  return [
    set(LEVEL, i32.load(get(RECORD), depthWord * WORD)),
    when(
      get(LEVEL),
      loopWhile([levels, set(LEVEL, i32.sub(get(LEVEL), i32.const(LEVELS_IN_STEP)))], get(LEVEL)),
    ),
  ];
}

/** Moves a lane down one level: the rank is added to the node, whose link then points to the child. */
function stepNarrow({ rankBits, linkBits }: NodeFormat, lane: number, rankOffset: number): Code {
  const rank = i32.shrUnsigned(tee(NODE_WORD, i32.load(get(lane))), i32.const(rankBits + linkBits));
  const rankAt = i32.add(get(ROW), i32.shl(rank, i32.const(1)));
  const sum = i32.add(i32.load16(rankAt, rankOffset), get(NODE_WORD));
  // In bytes: the remaining bits of the rank and the two lowest bits are cleared.
  const bytes = i32.and(i32.shrUnsigned(sum, i32.const(rankBits - 2)), i32.const((2 ** linkBits - 1) * WORD));
  return set(lane, i32.add(get(lane), bytes));
}

/** The same for 64-bit nodes, whose upper 16 bits are the position of the rank in a row. */
function stepWide(_: NodeFormat, lane: number, rankOffset: number): Code {
  const rankAt = i32.add(get(ROW), i32.wrap(i64.shrUnsigned(tee(NODE, i64.load(get(lane))), i64.const(48n))));
  const sum = i64.add(i64.load16(rankAt, rankOffset), get(NODE));
  const bytes = i32.and(i32.wrap(i64.shrUnsigned(sum, i64.const(13n))), i32.const(-DOUBLE));
  return set(lane, i32.add(get(lane), bytes));
}

/** Adds the values of a lane's leaf, in the tree of the record, to the sums. */
function addLeaf(
  { image, leafSize }: ProgramOptions,
  lane: number,
  offsets: { readonly record: number; readonly sum: number },
): Code {
  const place = i32.shrUnsigned(get(LANE + lane), i32.const(Math.log2(image.format.nodeBytes)));
  const values = i32.add(
    i32.mul(place, i32.const(leafSize * WORD)),
    i32.load(get(RECORD), offsets.record + 3 * WORD),
  );
  const pairs = Array.from({ length: leafSize >> 1 }, (_, i) => addPair(i, offsets.sum));
  return [set(LEAF, values), pairs, leafSize % 2 === 1 ? addSingle(leafSize - 1, offsets.sum) : []];
}

function addPair(pair: number, offset: number): Code {
  const at = offset + pair * 2 * DOUBLE;
  const values = f64x2.promoteLow(v128.load64(get(LEAF), pair * 2 * WORD));
  return v128.store(get(SUM), f64x2.add(v128.load(get(SUM), at), values), at);
}

function addSingle(k: number, offset: number): Code {
  const at = offset + k * DOUBLE;
  return f64.store(get(SUM), f64.add(f64.load(get(SUM), at), f64.promote(f32.load(get(LEAF), k * WORD))), at);
}

/** Writes the divided sums as 32-bit floats. */
function writeAnswers({ leafSize, divisor }: ProgramOptions): Code {
  const answer = f32.demote(f64.div(f64.load(get(SUM)), f64.const(divisor)));
  return [
    set(SUM, get(SUMS)),
    set(ROW_END, i32.add(get(SUMS), i32.mul(get(COUNT), i32.const(leafSize * DOUBLE)))),
    loopWhile(
      [
        f32.store(get(OUT), answer),
        set(OUT, i32.add(get(OUT), i32.const(WORD))),
        set(SUM, i32.add(get(SUM), i32.const(DOUBLE))),
      ],
      i32.ltUnsigned(get(SUM), get(ROW_END)),
    ),
  ];
}
