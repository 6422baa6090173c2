/*
 * Set by the host before the first tree: the table, the targets, the options and the location of this thread's memory.
 * All are addresses or numbers; the host sets the exported globals by name (src/grow/grow-memory.ts).
 */

/**
 * Rows of `rowBytes` bytes: one byte per feature with the bin (0 is missing), padding, and the payload in the last
 * bytes.
 */
export let rows: u32 = 0;
export let rowBytes: u32 = 0;
export let numRows: u32 = 0;
/** The number of features in the table, which excludes constant ones. */
export let numFeatures: u32 = 0;
export let numAllFeatures: u32 = 0;
/**
 * For each feature of the table, as 32-bit words: its number among all features, its value bins, its first slot,
 * whether it is categorical.
 */
export let featureNumbers: u32 = 0;
export let binCounts: u32 = 0;
export let slotStarts: u32 = 0;
export let categorical: u32 = 0;
/** For each feature 256 floats: the upper edges of bins 1, 2, …. */
export let edges: u32 = 0;
/** The number of slots in a histogram. Each feature's slots are rounded up to a multiple of four. */
export let numSlots: u32 = 0;

/** 1: two classes and rows weighted by their draws, so slots are packed counts. 0: slots are `numStats` doubles. */
export let packed: u32 = 0;
/**
 * The number of draws from which packed slots are 64 bits wide: at most 65536, so that 32 bits can store both counts
 * below it.
 */
export let narrowMax: f64 = 65536;
/** 0 Gini, 1 entropy, 2 squared error, 3 Poisson. */
export let criterion: u32 = 0;
/** Draws, then the weight of each class of each output, or the weight and each output's weighted sum. */
export let numStats: u32 = 0;
export let numOutputs: u32 = 0;
/** The number of classes of each output, as 32-bit words. */
export let outputSizes: u32 = 0;
/** For each row `numOutputs` bytes of class codes, or `numOutputs` doubles. */
export let codes: u32 = 0;
export let values: u32 = 0;
/** A double for each row, or 0 if every row weighs 1. */
export let weights: u32 = 0;
/** The factor for decreases of impurity, apart from the tree's weight. */
export let decreaseScale: f64 = 1;

/** 0 means no limit. */
export let maxDepth: u32 = 0;
export let maxLeafNodes: u32 = 0;
export let perNode: u32 = 0;
export let minSamplesSplit: f64 = 2;
export let minSamplesLeaf: f64 = 1;
export let minWeightFractionLeaf: f64 = 0;
export let minImpurityDecrease: f64 = 0;
/** The number of rows to draw with replacement, or 0 to use every row once. */
export let drawCount: u32 = 0;
/** 1: one random threshold per feature (extremely randomized trees). */
export let randomSplits: u32 = 0;
/** 1: weight classes by their frequency among the tree's rows. */
export let balanced: u32 = 0;
/** 1: count only the smaller of two children, and compute the other's histogram by subtraction. */
export let subtracts: u32 = 0;

/** This thread's memory. */
export let draws: u32 = 0;
export let recordsA: u32 = 0;
export let recordsB: u32 = 0;
export let histograms: u32 = 0;
export let frontier: u32 = 0;
export let scratch: u32 = 0;
export let nodes: u32 = 0;
export let nodeWeights: u32 = 0;
export let leaves: u32 = 0;
export let categorySets: u32 = 0;
export let importances: u32 = 0;
