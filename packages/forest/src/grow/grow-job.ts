import type { Random } from "@flightdeck/core";

/**
 * What growing a tree depends on, as numbers: the addresses of the table, the targets and one thread's own memory, and the
 * options. `assembly/job.ts` says what each one is; the module's globals have the same names.
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

/** One thread's own memory, which only WebAssembly uses. */
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

/** What all threads share: the memory that holds the table, and the settings apart from each thread's own. */
export type GrowJob = {
  readonly memory: WebAssembly.Memory;
  readonly settings: Omit<GrowSettings, keyof ThreadSettings>;
};

/** `criterion` in the settings. */
export const CRITERIA = ["gini", "entropy", "squared_error", "poisson"] as const;

/** Floats of a feature's edges in memory. */
export const EDGES_PER_FEATURE = 256;
/** Where a record's row number, four bytes, or its class, one byte, lies from its end; the last byte counts its draws. */
export const ROW_NUMBER_FROM_END = 5;
export const CLASS_FROM_END = 2;

/** An integer in [0, bound): floor(random · bound / 2^32), without more than 53 bits on the way. */
export function belowBound(random: Random, bound: number): number {
  const draw = random.nextUint32();
  const low = Math.floor(((draw & 0xffff) * bound) / 65_536);
  return Math.floor(((draw >>> 16) * bound + low) / 65_536);
}
