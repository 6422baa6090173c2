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
  SEGMENT_WORDS,
  TREE_WORDS,
  TREES_IN_STEP,
} from "./forest-image.ts";

/** Rows that walk a tree side by side: enough that the processor always has a load to wait for while others arrive. */
export const ROWS_IN_STEP = 8;
const WORD = 4;
const DOUBLE = 8;

export type ProgramOptions = {
  readonly image: Pick<ForestImage, "rowBytes" | "segments" | "segmentCount" | "nodes" | "leafAddresses">;
  readonly leafSize: number;
  /** What the sums of the trees are divided by. */
  readonly divisor: number;
  readonly memory: { readonly pagesMin: number; readonly pagesMax: number; readonly shared: boolean };
};

/**
 * Predicts `count` rows. Row r's value of feature f lies at `values + r * rowStride + f * featureStride`. `ranks` is room
 * for the rows' ranks and `sums` for the sums of leaf values (doubles, rows × leafSize), both for a multiple of 8 rows;
 * sums hold what each row starts with. The answers go to `out`, rows × leafSize 32-bit floats.
 */
// oxlint-disable-next-line max-params -- WebAssembly takes numbers alone
export type PredictRows = (
  values: number,
  rowStride: number,
  featureStride: number,
  count: number,
  ranks: number,
  sums: number,
  out: number,
) => void;

/** What the module of a forest exports. */
export type ForestProgram = {
  readonly predictRows: PredictRows;
  /** The same for a single row, which walks several trees side by side. */
  readonly predictRow: PredictRows;
};

/**
 * Writes the WebAssembly module of a forest: what differs between forests (the length of a row, where nodes lie, how many
 * values a leaf has) are constants in its code.
 */
export function forestProgram(options: ProgramOptions): Uint8Array<ArrayBuffer> {
  const functions = [rowsFunction(options), rowFunction(options)];
  return assemble({ functions, memory: options.memory });
}

// Locals of both functions. Parameters come first.
const [VALUES, ROW_STRIDE, FEATURE_STRIDE, COUNT, RANKS, SUMS, OUT] = [0, 1, 2, 3, 4, 5, 6];
const [SEGMENT, RECORD, END, ROW, ROW_END, AT] = [7, 8, 9, 10, 11, 12];
const [HALF, POSITION, LIST, LEVEL, LEAF, SUM] = [13, 14, 15, 16, 17, 18];
const LANE = 19; // Eight of them: where each row, or each tree, has arrived.
const NODE = 27;
const X = 28;
const LOCALS = [...Array.from({ length: 20 }, (): typeof I32 => I32), I64, F32] as const;
const PARAMS = [I32, I32, I32, I32, I32, I32, I32] as const;

function rowsFunction(options: ProgramOptions): Parameters<typeof assemble>[0]["functions"][number] {
  const { rowBytes } = options.image;
  const walkGroup: Code = [
    startLanes(() => i32.load(get(RECORD))),
    walkLevels(1, (lane) => lane * rowBytes),
    Array.from({ length: ROWS_IN_STEP }, (_, lane) =>
      addLeaf(options, lane, lane * options.leafSize * DOUBLE),
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
    walkLevels(2, () => 0),
    Array.from({ length: TREES_IN_STEP }, (_, lane) => addLeaf(options, lane, 0)),
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

/** For each segment: ranks of all rows, then `body` with RECORD and END at its trees' records. */
function eachSegment({ image }: ProgramOptions, body: Code): Code {
  const end = image.segments + image.segmentCount * SEGMENT_WORDS * WORD;
  const one: Code = [
    set(RECORD, i32.load(get(SEGMENT))),
    set(END, i32.load(get(SEGMENT), WORD)),
    when(i32.ltUnsigned(get(RECORD), get(END)), rankFeatures(image.rowBytes)),
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

/** Feature by feature, the ranks of all rows. */
function rankFeatures(rowBytes: number): Code {
  const oneRow: Code = [
    set(X, f32.load(get(AT))),
    set(HALF, i32.load(get(RECORD), 2 * WORD)),
    set(POSITION, get(LIST)),
    loopWhile(
      [
        // Whether the threshold at the end of the lower half is below the value. A missing value is below all.
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
        i32.shl(select(i32.const(0xffff), get(POSITION), f32.ne(get(X), get(X))), i32.const(16)),
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

/** Takes all lanes down as many levels as word `depthWord` of the tree's record says. */
function walkLevels(depthWord: number, rankOffset: (lane: number) => number): Code {
  const level: Code = Array.from({ length: ROWS_IN_STEP }, (_, lane) =>
    stepLane(LANE + lane, rankOffset(lane)),
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

/** One lane one level down: the rank is added to the node, whose address part then is the child's. */
function stepLane(lane: number, rankOffset: number): Code {
  const rankAt = i32.add(get(ROW), i32.wrap(i64.shrUnsigned(tee(NODE, i64.load(get(lane))), i64.const(48n))));
  const sum = i64.add(i64.load16(rankAt, rankOffset), get(NODE));
  // The address counts nodes of 8 bytes from bit 16 on; what is below is left over from the comparison.
  return set(lane, i32.and(i32.wrap(i64.shrUnsigned(sum, i64.const(13n))), i32.const(-8)));
}

/** Adds the values of the leaf where a lane has arrived to the sums at `SUM + offset`. */
function addLeaf({ image, leafSize }: ProgramOptions, lane: number, offset: number): Code {
  const half = i32.shrUnsigned(i32.sub(get(LANE + lane), i32.const(image.nodes)), i32.const(1));
  const leaf = set(LEAF, i32.load(half, image.leafAddresses));
  const pairs = Array.from({ length: leafSize >> 1 }, (_, i) => addPair(i, offset));
  return [leaf, pairs, leafSize % 2 === 1 ? addSingle(leafSize - 1, offset) : []];
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

/** The sums, divided, as 32-bit floats. */
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
