import { expect, test } from "vitest";
import { type BinnedTable, histogramLength, rowBytesOf } from "./binned-table.ts";
import type { NodeRows, Split, SplitRequest } from "./forest-kernels.ts";
import { referenceKernels } from "./reference-kernels.ts";

/** Worked by hand: rows of one feature (bin) and a class, each of weight 1. */
function given(
  rows: readonly (readonly [bin: number, klass: number])[],
  hasMissing = 0,
): SplitRequest & NodeRows {
  const rowBytes = rowBytesOf(1);
  const bytes = new Uint8Array(new SharedArrayBuffer(rows.length * rowBytes));
  rows.forEach(([bin, klass], row) => {
    bytes[row * rowBytes] = bin;
    bytes[row * rowBytes + rowBytes - 1] = klass;
  });
  const numClasses = Math.max(...rows.map(([, klass]) => klass)) + 1;
  const table: BinnedTable = {
    numRows: rows.length,
    numFeatures: 1,
    numClasses,
    rowBytes,
    bytes,
    words: new Uint32Array(bytes.buffer),
    binCounts: Uint16Array.of(4),
    hasMissing: Uint8Array.of(hasMissing),
  };
  const entries = Uint32Array.from(rows, (_, row) => (row << 4) | 1);
  const nodeRows = { entries, start: 0, end: rows.length };
  const features = Int32Array.of(0);
  const histogram = new Int32Array(histogramLength(table));
  referenceKernels.addHistogram(table, nodeRows, features, histogram);
  const classWeights = new Int32Array(numClasses);
  for (const [, klass] of rows) classWeights[klass]!++;
  return { ...nodeRows, table, histogram, features, classWeights, minLeafWeight: 1 };
}

const SEPARABLE = given([
  [0, 0],
  [0, 0],
  [1, 0],
  [3, 1],
]);

test("counts weights by bin and class", () => {
  expect(Array.from(SEPARABLE.histogram.subarray(0, 8))).toEqual([2, 0, 1, 0, 0, 0, 0, 1]);
});

test("the best split separates the classes, and names the next occupied bin", () => {
  const split = referenceKernels.findSplit(SEPARABLE);
  // (0² · 1 + 1² · 3) / (3 · 1)
  const expected: Split = {
    feature: 0,
    bin: 1,
    nextBin: 3,
    missingLeft: true,
    score: 1,
    leftWeights: Int32Array.of(3, 0),
  };
  expect(split).toEqual(expected);
});

test("three classes are scored by the squares of their weights", () => {
  const split = referenceKernels.findSplit(
    given([
      [0, 0],
      [1, 1],
      [2, 2],
      [2, 2],
    ]),
  );
  // Left {1, 1, 0}, right {0, 0, 2}: (1 + 1) / 2 + 4 / 2.
  expect(split).toMatchObject({ bin: 1, score: 3 });
});

test("missing values go to the side on which they fit better", () => {
  const fits = (klass: number): Split | undefined =>
    referenceKernels.findSplit(
      given(
        [
          [0, 0],
          [0, 0],
          [1, 1],
          [1, 1],
          [3, klass],
          [3, klass],
        ],
        1,
      ),
    );
  expect(fits(0)).toMatchObject({ bin: 0, missingLeft: true });
  expect(fits(1)).toMatchObject({ bin: 0, missingLeft: false });
});

test("missing values alone can be one side", () => {
  const split = referenceKernels.findSplit(
    given(
      [
        [0, 0],
        [1, 0],
        [3, 1],
      ],
      1,
    ),
  );
  expect(split).toMatchObject({ bin: 1, nextBin: -1, missingLeft: false });
});

test("without missing values in the node, later ones go to the heavier side", () => {
  expect(
    referenceKernels.findSplit(
      given(
        [
          [0, 0],
          [1, 1],
          [1, 1],
        ],
        1,
      ),
    ),
  ).toMatchObject({ missingLeft: false });
  expect(
    referenceKernels.findSplit(
      given(
        [
          [0, 0],
          [0, 0],
          [1, 1],
        ],
        0,
      ),
    ),
  ).toMatchObject({ missingLeft: true });
});

test("no split leaves a side below the least weight, and one bin cannot be split", () => {
  expect(referenceKernels.findSplit({ ...SEPARABLE, minLeafWeight: 2 })).toMatchObject({ bin: 0 });
  expect(referenceKernels.findSplit({ ...SEPARABLE, minLeafWeight: 3 })).toBeUndefined();
  expect(
    referenceKernels.findSplit(
      given([
        [1, 0],
        [1, 1],
      ]),
    ),
  ).toBeUndefined();
});

test("rows are parted stably", () => {
  const { table, ...rows } = given([
    [3, 0],
    [0, 0],
    [2, 1],
    [1, 0],
  ]);
  const split = {
    feature: 0,
    bin: 1,
    nextBin: 2,
    missingLeft: true,
    score: 0,
    leftWeights: Int32Array.of(2, 0),
  };
  const spare = new Uint32Array(4);
  expect(referenceKernels.partitionRows(table, rows, split, spare)).toBe(2);
  expect(Array.from(rows.entries, (entry) => entry >>> 4)).toEqual([1, 3, 0, 2]);
});
