import fc from "fast-check";
import { expect, test } from "vitest";
import { FEATURE_SHIFT, type Forest, joinTrees, LEAF_BIT, type Tree, walkable } from "../forest.ts";
import { predictForestRows } from "../predict/predict-forest.ts";
import { walkTrees } from "./walk-trees.ts";

/** A tree as a nested value: a leaf's probability of the second class, or a split. */
type Plain = number | { feature: number; threshold: number; missingLeft: boolean; left: Plain; right: Plain };

const FEATURES = 3;
const threshold = fc.constantFrom(-1, 0, 0.5, 1, Infinity);

const { plain } = fc.letrec<{ plain: Plain }>((tie) => ({
  plain: fc.oneof(
    { maxDepth: 6 },
    fc.constantFrom(0, 0.25, 0.5, 1),
    fc.record({
      feature: fc.nat(FEATURES - 1),
      threshold,
      missingLeft: fc.boolean(),
      left: tie("plain"),
      right: tie("plain"),
    }),
  ),
}));

function write(tree: Plain): Tree {
  const nodes: number[] = [0, 0, 0];
  const leaves: number[] = [];
  const put = (node: Plain, word: number): void => {
    if (typeof node === "number") {
      nodes.splice(word, 3, LEAF_BIT, leaves.length, 0);
      leaves.push(1 - node, node);
      return;
    }
    const left = nodes.length;
    nodes.push(0, 0, 0, 0, 0, 0);
    const bits = new Int32Array(Float32Array.of(node.threshold).buffer)[0]!;
    nodes.splice(word, 3, (node.feature << FEATURE_SHIFT) | Number(node.missingLeft), bits, left - word);
    put(node.left, left);
    put(node.right, left + 3);
  };
  put(tree, 0);
  return {
    nodes: Int32Array.from(nodes),
    leaves: Float32Array.from(leaves),
    categorySets: new Uint32Array(0),
    nodeWeights: new Float32Array(0),
    importances: new Float64Array(FEATURES),
  };
}

function walkPlain(node: Plain, row: readonly number[]): number {
  if (typeof node === "number") return node;
  const value = row[node.feature]!;
  const goesLeft = Number.isNaN(value) ? node.missingLeft : value <= node.threshold;
  return walkPlain(goesLeft ? node.left : node.right, row);
}

const value = fc.oneof(fc.constantFrom(-1, 0, 0.5, 1, Infinity, -Infinity), fc.float({ noNaN: true }));
const rowOf = (cell: fc.Arbitrary<number>): fc.Arbitrary<number[]> =>
  fc.array(cell, { minLength: FEATURES, maxLength: FEATURES });

test("each row gets the sum over the trees, in step or row by row, with and without NaN", () => {
  const rows = fc.oneof(
    fc.array(rowOf(value), { minLength: 1, maxLength: 11 }),
    fc.array(rowOf(fc.oneof(value, fc.constant(NaN))), { minLength: 1, maxLength: 11 }),
  );
  fc.assert(
    fc.property(fc.array(plain, { minLength: 1, maxLength: 4 }), rows, (trees, table) => {
      const forest: Forest = joinTrees(trees.map(write), FEATURES, 2);
      const values = Float32Array.from(table.flat());
      const sums = new Float64Array(table.length * 2);
      const hasMissing = values.some((cell) => Number.isNaN(cell));
      walkTrees(walkable(forest), { values, numRows: table.length, hasMissing }, sums);
      // The compiled forest agrees bit for bit.
      const means = Float32Array.from(sums, (sum) => sum / trees.length);
      expect(predictForestRows(walkable(forest), values)).toEqual(means);
      table.forEach((row, i) => {
        const expected = trees.reduce<number>((sum, tree) => sum + walkPlain(tree, row), 0);
        expect(sums[i * 2 + 1]).toBeCloseTo(expected, 9);
        expect(sums[i * 2]).toBeCloseTo(trees.length - expected, 9);
      });
    }),
  );
});
