import type { Random } from "@flightdeck/core";

/**
 * The settings for growing trees, as numbers: the addresses of the table, the targets and one thread's memory, and the
 * options. `assembly/job.ts` documents each of them; the module's globals have the same names.
 */
export type GrowSettings = TableSettings & TargetSettings & OptionSettings & ThreadSettings;

export type TableSettings = {
  readonly rows: number;
  readonly rowBytes: number;
  readonly numRows: number;
  readonly numFeatures: number;
  readonly numAllFeatures: number;
  readonly featureNumbers: number;
  readonly binCounts: number;
  readonly slotStarts: number;
  readonly categorical: number;
  readonly edges: number;
  readonly numSlots: number;
};

export type TargetSettings = {
  readonly packed: number;
  readonly narrowMax: number;
  readonly numStats: number;
  readonly numOutputs: number;
  readonly outputSizes: number;
  readonly codes: number;
  readonly values: number;
  readonly weights: number;
};

export type OptionSettings = {
  readonly criterion: number;
  readonly decreaseScale: number;
  readonly maxDepth: number;
  readonly maxLeafNodes: number;
  readonly perNode: number;
  readonly minSamplesSplit: number;
  readonly minSamplesLeaf: number;
  readonly minWeightFractionLeaf: number;
  readonly minImpurityDecrease: number;
  readonly drawCount: number;
  readonly randomSplits: number;
  readonly balanced: number;
  readonly subtracts: number;
};

/** The memory of one thread, used only by WebAssembly. */
export type ThreadSettings = {
  readonly draws: number;
  readonly recordsA: number;
  readonly recordsB: number;
  readonly histograms: number;
  readonly frontier: number;
  readonly scratch: number;
  readonly nodes: number;
  readonly nodeWeights: number;
  readonly leaves: number;
  readonly categorySets: number;
  readonly importances: number;
};

/** A `WebAssembly.Module` and `WebAssembly.Memory`, without the names that only a browser's types have, since users' programs see these types. */
export type WasmModule = object;
export type WasmMemory = { readonly buffer: ArrayBufferLike };

/** The state shared by all threads: the memory with the table, and the settings without the per-thread ones. */
export type GrowJob = {
  readonly memory: WasmMemory;
  readonly settings: Omit<GrowSettings, keyof ThreadSettings>;
};

/** The values of `criterion` in the settings, by index. */
export const CRITERIA = ["gini", "entropy", "squared_error", "poisson"] as const;

/** The number of floats for a feature's edges in memory. */
export const EDGES_PER_FEATURE = 256;
/**
 * The offset from a record's end of its row number (four bytes) or its class (one byte). The last byte is the number of
 * draws.
 */
export const ROW_NUMBER_FROM_END = 5;
export const CLASS_FROM_END = 2;

/** An integer in [0, bound): floor(random · bound / 2^32), with intermediate results of at most 53 bits. */
export function belowBound(random: Random, bound: number): number {
  const draw = random.nextUint32();
  const low = Math.floor(((draw & 0xffff) * bound) / 65_536);
  return Math.floor(((draw >>> 16) * bound + low) / 65_536);
}

/** A 32-bit float in [low, high), midway if there is one; infinities are allowed. */
export function halfWay(low: number, high: number): number {
  const middle = Math.fround(low / 2 + high / 2);
  return middle >= low && middle < high ? middle : low;
}
