/*
 * What the host tells before the first tree: the table, the targets, the options and where this thread's memory lies.
 * All are addresses or numbers; the host sets the exported globals by these names (src/grow/grow-memory.ts).
 */

/** Rows of `rowBytes` bytes: one byte a feature with the bin (0 is missing), padding, and the payload in the last bytes. */
export let rows: u32 = 0;
export let rowBytes: u32 = 0;
export let numRows: u32 = 0;
/** Features of the table; constant ones have no place in it. */
export let numFeatures: u32 = 0;
export let numAllFeatures: u32 = 0;
/** For each feature of the table, as 32-bit words: its number among all, its value bins, its first slot, is it categorical. */
export let featureNumbers: u32 = 0;
export let binCounts: u32 = 0;
export let slotStarts: u32 = 0;
export let categorical: u32 = 0;
/** For each feature 256 floats: the upper edges of bins 1, 2, …. */
export let edges: u32 = 0;
/** All features' slots of a histogram, each feature's rounded up to four. */
export let numSlots: u32 = 0;

/** 1: two classes, every row weighs its draws; slots are packed counts. 0: slots are `numStats` doubles. */
export let packed: u32 = 0;
/** Draws from which on a packed slot is 64 bits wide: at most 65536, so that 32 bits hold both counts. */
export let narrowMax: f64 = 65536;
/** 0 Gini, 1 entropy, 2 squared error, 3 Poisson. */
export let criterion: u32 = 0;
/** Draws, then the weight of each class of each output, or the weight and each output's weighted sum. */
export let numStats: u32 = 0;
export let numOutputs: u32 = 0;
/** For each output its number of classes, as 32-bit words. */
export let outputSizes: u32 = 0;
/** For each row `numOutputs` bytes of class codes, or `numOutputs` doubles. */
export let codes: u32 = 0;
export let values: u32 = 0;
/** For each row a double, or 0: every row weighs 1. */
export let weights: u32 = 0;
/** What a decrease of impurity is multiplied by, apart from the tree's weight. */
export let decreaseScale: f64 = 1;

/** 0 is no limit. */
export let maxDepth: u32 = 0;
export let maxLeafNodes: u32 = 0;
export let perNode: u32 = 0;
export let minSamplesSplit: f64 = 2;
export let minSamplesLeaf: f64 = 1;
export let minWeightFractionLeaf: f64 = 0;
export let minImpurityDecrease: f64 = 0;
/** Rows to draw with replacement, or 0: every row once. */
export let drawCount: u32 = 0;
/** 1: one random threshold a feature (extremely randomized trees). */
export let randomSplits: u32 = 0;
/** 1: weigh classes by their frequency among the tree's rows. */
export let balanced: u32 = 0;
/** 1: of two children count only the smaller one, the other's histogram is the rest. */
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
