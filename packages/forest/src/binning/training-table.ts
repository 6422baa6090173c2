import { Random } from "@flightdeck/core";
import type { Feature } from "../forest.ts";
import {
  CLASS_FROM_END,
  EDGES_PER_FEATURE,
  ROW_NUMBER_FROM_END,
  type TableSettings,
  type TargetSettings,
} from "../grow/grow-job.ts";
import type { AddressSpace } from "../grow/grow-memory.ts";
import type { Targets } from "../targets.ts";
import { assignBins, binEdges } from "./bins.ts";

/** A feature that varies. Constant features are not in the table, since no node could split on them. */
export type BinnedFeature = {
  /** Its number among all features. */
  readonly number: number;
  readonly values: Float32Array;
  /** The upper edges of all bins but the last. Between categories they are midway. */
  readonly edges: Float32Array;
  readonly isCategory: boolean;
};

export type TrainingData = {
  readonly numRows: number;
  readonly features: readonly Feature[];
  readonly columns: readonly Float32Array[];
  readonly targets: Targets;
  readonly weights: Float64Array | undefined;
  /** Whether to weight classes separately for each tree. */
  readonly isBalanced: boolean;
};

/** Enough for 255 quantiles: the share of a bin varies by about 6 %. Sorting more costs more than it gains. */
const SAMPLE_ROWS_MAX = 2 ** 16;

/** Below this many draws, two 16-bit counts are enough. */
const NARROW_MAX = 2 ** 16;

/** Histogram slots are read four at a time. */
const SLOTS_UNIT = 4;
/** A quarter of a cache line, so that narrow rows never span two. */
const ROW_UNIT_BYTES = 16;

/** Finds the bins of every feature that varies, from all rows or a sample that depends only on the seed. */
export function binFeatures(
  { numRows, features, columns }: TrainingData,
  options: { readonly maxBins: number; readonly seed: number },
): BinnedFeature[] {
  const rows = sampledRows(numRows, options.seed);
  return columns.flatMap((values, number) => {
    const categories = features[number]?.categories;
    const edges = categories ? categoryEdges(categories.length) : edgesOf(values, rows, options.maxBins);
    const varies =
      edges.length > 0 || values.some((value) => Number.isNaN(value) !== Number.isNaN(values[0]));
    return varies ? [{ number, values, edges, isCategory: categories !== undefined }] : [];
  });
}

function categoryEdges(count: number): Float32Array {
  return Float32Array.from({ length: Math.max(0, count - 1) }, (_, code) => code + 0.5);
}

function edgesOf(values: Float32Array, rows: Uint32Array, maxBins: number): Float32Array {
  const sample = new Float32Array(rows.length);
  let size = 0;
  for (let i = 0; i < rows.length; i++) {
    const value = values[rows[i] ?? 0] ?? 0;
    if (value === value) sample[size++] = value;
  }
  return binEdges(sample.subarray(0, size), maxBins);
}

/** The rows that determine the edges, sorted so that they are read in order. */
function sampledRows(numRows: number, seed: number): Uint32Array {
  if (numRows <= SAMPLE_ROWS_MAX) return Uint32Array.from({ length: numRows }, (_, row) => row);
  const random = new Random(seed);
  return Uint32Array.from({ length: SAMPLE_ROWS_MAX }, () => Math.floor(random.nextFloat() * numRows)).sort();
}

/** Plans the layout of the table and the targets in the memory shared by all threads. */
export function planTable(
  space: AddressSpace,
  data: TrainingData,
  binned: readonly BinnedFeature[],
): TableSettings & TargetSettings {
  const packed = Number(isPacked(data));
  const { numRows, targets, weights } = data;
  const { outputs } = targets;
  const payload = packed === 1 ? CLASS_FROM_END : ROW_NUMBER_FROM_END;
  const rowBytes = Math.ceil((binned.length + payload) / ROW_UNIT_BYTES) * ROW_UNIT_BYTES;
  const values = targets.kind === "values" ? outputs.length : 0;
  const classes = outputs.reduce((sum, output) => sum + (output.classes?.length ?? 0), 0);
  return {
    rows: space.take(numRows * rowBytes),
    rowBytes,
    numRows,
    numFeatures: binned.length,
    numAllFeatures: data.features.length,
    featureNumbers: space.take(binned.length * 4),
    binCounts: space.take(binned.length * 4),
    slotStarts: space.take(binned.length * 4),
    categorical: space.take(binned.length * 4),
    edges: space.take(binned.length * EDGES_PER_FEATURE * 4),
    numSlots: slotStartsOf(binned).at(-1) ?? 0,
    packed,
    narrowMax: NARROW_MAX,
    numStats: 1 + classes + (values > 0 ? 1 + values : 0),
    numOutputs: outputs.length,
    outputSizes: space.take(outputs.length * 4),
    codes: targets.kind === "classes" && packed === 0 ? space.take(targets.codes.byteLength) : 0,
    values: targets.kind === "values" ? space.take(targets.values.byteLength) : 0,
    weights: weights === undefined ? 0 : space.take(weights.byteLength),
  };
}

/**
 * Whether there is one output with two classes and every row weighs 1, so that both counts of a slot fit in one number.
 */
function isPacked({ targets, weights, isBalanced }: TrainingData): boolean {
  const isBinary = targets.outputs.length === 1 && targets.outputs[0]?.classes?.length === 2;
  return isBinary && weights === undefined && !isBalanced;
}

/**
 * The first slot of each feature, followed by the total. A feature has bin 0 for missing values, a bin for each edge,
 * and the last bin.
 */
function slotStartsOf(binned: readonly BinnedFeature[]): number[] {
  const starts = [0];
  for (const { edges } of binned) {
    const slots = Math.ceil((edges.length + 2) / SLOTS_UNIT) * SLOTS_UNIT;
    starts.push((starts.at(-1) ?? 0) + slots);
  }
  return starts;
}

/** Writes the table and the targets where `planTable` put them. */
export function writeTable(
  buffer: ArrayBufferLike,
  settings: TableSettings & TargetSettings,
  data: TrainingData,
  binned: readonly BinnedFeature[],
): void {
  const words = (address: number, values: readonly number[]): void =>
    new Uint32Array(buffer, address, values.length).set(values);
  words(
    settings.featureNumbers,
    binned.map(({ number }) => number),
  );
  words(
    settings.binCounts,
    binned.map(({ edges }) => edges.length + 1),
  );
  words(settings.slotStarts, slotStartsOf(binned).slice(0, -1));
  words(
    settings.categorical,
    binned.map(({ isCategory }) => Number(isCategory)),
  );
  words(
    settings.outputSizes,
    data.targets.outputs.map(({ classes }) => classes?.length ?? 1),
  );
  const bytes = new Uint8Array(buffer, settings.rows, settings.numRows * settings.rowBytes);
  binned.forEach(({ values, edges }, feature) => {
    const at = settings.edges + feature * EDGES_PER_FEATURE * 4;
    new Float32Array(buffer, at, edges.length).set(edges);
    assignBins({ values, edges }, bytes, settings.rowBytes, feature);
  });
  writeTargets(buffer, settings, data);
}

function writeTargets(
  buffer: ArrayBufferLike,
  settings: TableSettings & TargetSettings,
  { targets, weights }: TrainingData,
): void {
  const { rows, rowBytes, numRows, packed } = settings;
  const memory = new DataView(buffer, rows, numRows * rowBytes);
  for (let row = 0; row < numRows; row++) {
    const end = (row + 1) * rowBytes;
    if (packed === 0) memory.setUint32(end - ROW_NUMBER_FROM_END, row, true);
    else if (targets.kind === "classes") memory.setUint8(end - CLASS_FROM_END, targets.codes[row] ?? 0);
  }
  if (targets.kind === "values")
    new Float64Array(buffer, settings.values, targets.values.length).set(targets.values);
  else if (packed === 0) new Uint8Array(buffer, settings.codes, targets.codes.length).set(targets.codes);
  if (weights !== undefined) new Float64Array(buffer, settings.weights, weights.length).set(weights);
}
