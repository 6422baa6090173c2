import { Random } from "@flightdeck/core";
import { expect, test } from "vitest";
import { binFeatures } from "../binning/binned-features.ts";
import { isLeaf, NODE_WORDS, type Tree } from "../forest.ts";
import { histogramOffset } from "../kernels/binned-table.ts";
import { fastKernels } from "../kernels/fast-kernels.ts";
import type { ForestKernels } from "../kernels/forest-kernels.ts";
import { referenceKernels } from "../kernels/reference-kernels.ts";
import { type GrowOptions, type GrowRequest, growTree } from "./grow-tree.ts";

const OPTIONS: GrowOptions = {
  maxDepth: 8,
  featuresPerNode: 4,
  minSamplesSplit: 2,
  minSamplesLeaf: 1,
  bootstrap: true,
  seed: 1,
};

type Shape = { readonly rows?: number; readonly numFeatures?: number; readonly numClasses?: number };

/** Noisy classes that depend on the first features; every third feature has missing values, the last is constant. */
function requestFor(options: Partial<GrowOptions> = {}, shape: Shape = {}): GrowRequest {
  const { rows = 3000, numFeatures = 8, numClasses = 2 } = shape;
  const random = new Random(7);
  const columns = Array.from({ length: numFeatures }, (_, f) =>
    Float32Array.from({ length: rows }, () =>
      f % 3 === 0 && random.nextInt(10) === 0 ? NaN : random.nextNormal(),
    ),
  );
  columns.push(new Float32Array(rows));
  const codes = Uint8Array.from({ length: rows }, (_, row) => {
    const signal = (columns[0]![row] || 2) + columns[1]![row]! + random.nextNormal() / 2;
    return Math.max(0, Math.min(numClasses - 1, Math.floor(signal + numClasses / 2)));
  });
  const features = binFeatures({ columns, codes, numClasses, maxBins: 64, seed: 1 });
  return {
    features,
    numFeatures: numFeatures + 1,
    options: { ...OPTIONS, ...options },
    kernels: fastKernels,
  };
}

function leafCount({ nodes }: Tree): number {
  return nodes.filter((word, i) => i % NODE_WORDS === 0 && isLeaf(word)).length;
}

test("fast and reference kernels grow the same tree, by subtraction and without, narrow and wide", () => {
  for (const shape of [{}, { numFeatures: 14 }, { numFeatures: 20 }, { numClasses: 3 }]) {
    for (const featuresPerNode of [1, 3, 8, 20]) {
      const request = requestFor({ featuresPerNode }, shape);
      const expected = growTree({ ...request, kernels: referenceKernels }, 3);
      expect(growTree(request, 3)).toEqual(expected);
      expect(leafCount(expected)).toBeGreaterThan(20);
    }
  }
});

test("every histogram that is searched holds the node's class weights, whether counted or subtracted", () => {
  let counted = 0;
  let searched = 0;
  const kernels: ForestKernels = {
    ...fastKernels,
    addHistogram: (...job) => {
      counted++;
      fastKernels.addHistogram(...job);
    },
    findSplit: (job) => {
      searched++;
      for (const feature of job.features) {
        const start = histogramOffset(job.table, feature);
        const sums = new Int32Array(job.table.numClasses);
        for (let i = 0; i < job.table.binCounts[feature]! * sums.length; i++) {
          sums[i % sums.length]! += job.histogram[start + i]!;
        }
        expect(sums).toEqual(job.classWeights);
      }
      return fastKernels.findSplit(job);
    },
  };
  growTree({ ...requestFor(), kernels }, 0);
  expect(counted).toBeLessThan(searched);
});

test("a tree depends on the seed and its number only, and neighbours differ", () => {
  const request = requestFor();
  expect(growTree(request, 5)).toEqual(growTree(request, 5));
  expect(growTree(request, 5)).not.toEqual(growTree(request, 6));
  expect(growTree(requestFor({ seed: 2 }), 0)).not.toEqual(growTree(requestFor({ seed: 1 }), 1));
});

test("depth, least weights and purity end the growth", () => {
  expect(leafCount(growTree(requestFor({ maxDepth: 1 }), 0))).toBe(2);
  expect(leafCount(growTree(requestFor({ maxDepth: 3 }), 0))).toBeLessThanOrEqual(8);
  const coarse = growTree(requestFor({ minSamplesLeaf: 500, bootstrap: false }), 0);
  expect(leafCount(coarse)).toBeLessThanOrEqual(6);
  expect(leafCount(growTree(requestFor({ minSamplesSplit: 3001, bootstrap: false }), 0))).toBe(1);
  const whole = growTree(requestFor({ maxDepth: null, bootstrap: false, featuresPerNode: 8 }), 0);
  expect(whole.leaves.every((share) => share === 0 || share === 1)).toBe(true);
});

test("a feature that is constant in a node does not count as tried", () => {
  // Only one of the ten features varies, but binning sees two values in each.
  const rows = 1000;
  const columns = Array.from({ length: 10 }, () =>
    Float32Array.from({ length: rows }, (_, row) => Number(row === 0)),
  );
  columns.push(Float32Array.from({ length: rows }, (_, row) => row % 2));
  const codes = Uint8Array.from({ length: rows }, (_, row) => (row === 0 ? 1 : row % 2));
  const features = binFeatures({ columns, codes, numClasses: 2, maxBins: 64, seed: 1 });
  const options = { ...OPTIONS, featuresPerNode: 1, maxDepth: 2 };
  const tree = growTree({ features, numFeatures: 11, options, kernels: fastKernels }, 0);
  expect(tree.leaves.every((share) => share === 0 || share === 1)).toBe(true);
});

test("importances add up to the whole decrease of impurity, and a constant feature has none", () => {
  const tree = growTree(requestFor({ maxDepth: null, bootstrap: false, featuresPerNode: 8 }), 0);
  const { table } = requestFor().features;
  const ones = Array.from(
    { length: table.numRows },
    (_, row) => table.bytes[(row + 1) * table.rowBytes - 1]!,
  );
  const share = ones.reduce((sum, one) => sum + one, 0) / table.numRows;
  // Pure leaves leave nothing of the root's Gini impurity.
  expect(tree.importances.reduce((sum, value) => sum + value, 0)).toBeCloseTo(2 * share * (1 - share), 9);
  expect(tree.importances.at(-1)).toBe(0);
});
