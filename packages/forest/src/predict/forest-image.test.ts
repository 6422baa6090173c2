import { Random } from "@flightdeck/core";
import { expect, test } from "vitest";
import { FEATURE_SHIFT, joinTrees, LEAF_BIT, type Tree, walkable, type WalkForest } from "../forest.ts";
import { walkTrees } from "../kernels/walk-trees.ts";
import { imageOf } from "./forest-image.ts";
import { predictForestRows } from "./predict-forest.ts";

type Shape = {
  readonly trees: number;
  readonly splits: number;
  readonly features: number;
  readonly leafSize: number;
};

/** Trees grown by splitting random leaves, with mostly distinct thresholds. */
function randomForest({ trees, splits, features, leafSize }: Shape): WalkForest {
  const random = new Random(7);
  const grown = Array.from({ length: trees }, (): Tree => {
    const nodes = new Int32Array((2 * splits + 1) * 3);
    const leafNodes = [0];
    for (let end = 3; end < nodes.length; end += 6) {
      const place = random.nextInt(leafNodes.length);
      const at = leafNodes[place] ?? 0;
      leafNodes[place] = end;
      const threshold = new Int32Array(Float32Array.of(random.nextFloat()).buffer)[0] ?? 0;
      nodes.set([(random.nextInt(features) << FEATURE_SHIFT) | random.nextInt(2), threshold, end - at], at);
      leafNodes.push(end + 3);
    }
    leafNodes.forEach((at, leaf) => nodes.set([LEAF_BIT, leaf * leafSize, 0], at));
    const leaves = Float32Array.from({ length: leafNodes.length * leafSize }, () => random.nextFloat());
    const none = {
      categorySets: new Uint32Array(),
      nodeWeights: new Float32Array(),
      importances: new Float64Array(),
    };
    return { nodes, leaves, ...none };
  });
  return walkable(joinTrees(grown, features, leafSize));
}

test.each([
  {
    name: "nodes of 32 bits",
    trees: 9,
    splits: 300,
    features: 5,
    leafSize: 3,
    nodeBytes: 4,
    segmentCount: 1,
  },
  {
    name: "trees without a split",
    trees: 3,
    splits: 0,
    features: 2,
    leafSize: 1,
    nodeBytes: 4,
    segmentCount: 1,
  },
  {
    name: "ranks in segments",
    trees: 40,
    splits: 40,
    features: 2,
    leafSize: 2,
    widest: 20_000,
    nodeBytes: 4,
    segmentCount: 2,
  },
  {
    name: "nodes of 64 bits",
    trees: 2,
    splits: 40_000,
    features: 2,
    leafSize: 2,
    nodeBytes: 8,
    segmentCount: 1,
  },
  {
    name: "nodes of 64 bits, an odd number of values",
    trees: 2,
    splits: 40_000,
    features: 2,
    leafSize: 3,
    nodeBytes: 8,
    segmentCount: 1,
  },
])(
  "$name: the compiled forest agrees with the plain kernels",
  ({ nodeBytes, segmentCount, widest, ...shape }) => {
    const forest = { ...randomForest(shape), numFeatures: widest ?? shape.features };
    const image = imageOf(forest);
    expect(image?.format.nodeBytes).toBe(nodeBytes);
    expect(image?.segmentCount).toBe(segmentCount);
    const random = new Random(3);
    for (const numRows of [1, 37]) {
      const values = Float32Array.from({ length: numRows * forest.numFeatures }, () =>
        random.nextInt(8) === 0 ? Number.NaN : random.nextFloat(),
      );
      const sums = new Float64Array(numRows * forest.leafSize);
      walkTrees(forest, { values, numRows, hasMissing: true }, sums);
      const expected = Float32Array.from(sums, (sum) => sum / forest.roots.length);
      expect(predictForestRows(forest, values)).toEqual(expected);
    }
  },
);
