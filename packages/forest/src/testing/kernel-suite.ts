import fc from "fast-check";
import { expect, test } from "vitest";
import {
  type BinnedTable,
  histogramLength,
  histogramOffset,
  rowBytesOf,
  WEIGHT_BITS,
  WEIGHT_MAX,
} from "../kernels/binned-table.ts";
import type { ForestKernels, NodeRows } from "../kernels/forest-kernels.ts";
import { referenceKernels } from "../kernels/reference-kernels.ts";

type Case = {
  readonly table: BinnedTable;
  readonly rows: NodeRows;
  readonly features: Int32Array;
  readonly minLeafWeight: number;
};

/** Cases enough to meet every branch; each takes well under a millisecond. */
const RUN_COUNT = 500;

/** Checks kernels against the reference on tables of every shape: narrow, full and wide rows, missing values, classes. */
export function kernelSuite(kernels: ForestKernels): void {
  test(`${kernels.name}: histograms equal the reference's`, () => {
    check((given) => {
      const histogram = filled(kernels, given);
      for (const feature of given.features) {
        expect(countsOf(given, histogram, feature)).toEqual(
          countsOf(given, filled(referenceKernels, given), feature),
        );
      }
    });
  });

  test(`${kernels.name}: a histogram of some features leaves the others alone`, () => {
    check((given) => {
      const histogram = filled(kernels, given);
      const others = allFeatures(given).filter((feature) => !given.features.includes(feature));
      for (const feature of others)
        expect(countsOf(given, histogram, feature).some((count) => count > 0)).toBe(false);
    });
  });

  test(`${kernels.name}: splits equal the reference's, score and all`, () => {
    check((given) => {
      expect(kernels.findSplit(splitRequest(given))).toEqual(referenceKernels.findSplit(splitRequest(given)));
    });
  });

  test(`${kernels.name}: rows are parted as the reference parts them, in their order`, () => {
    check((given) => {
      const split = referenceKernels.findSplit(splitRequest(given));
      if (split === undefined) return;
      const expected = { ...given.rows, entries: given.rows.entries.slice() };
      const actual = { ...given.rows, entries: given.rows.entries.slice() };
      const spare = new Uint32Array(given.rows.entries.length);
      const middle = kernels.partitionRows(given.table, actual, split, spare);
      expect(middle).toBe(referenceKernels.partitionRows(given.table, expected, split, spare));
      expect(actual.entries).toEqual(expected.entries);
    });
  });
}

function check(property: (given: Case) => void): void {
  fc.assert(fc.property(caseArbitrary, property), { numRuns: RUN_COUNT });
}

const shapeArbitrary = fc.record({
  numFeatures: fc.oneof(fc.integer({ min: 1, max: 16 }), fc.constantFrom(12, 13, 15, 16, 31, 40)),
  numClasses: fc.constantFrom(2, 2, 3, 5),
  numRows: fc.integer({ min: 1, max: 60 }),
  maxBins: fc.constantFrom(1, 2, 5, 255),
  seed: fc.integer(),
});

const caseArbitrary: fc.Arbitrary<Case> = shapeArbitrary.chain((shape) =>
  fc
    .record({
      bytes: fc.infiniteStream(fc.nat(255)),
      skipped: fc.array(fc.boolean(), { minLength: shape.numRows, maxLength: shape.numRows }),
      features: fc.oneof(
        fc.constant(Array.from({ length: shape.numFeatures }, (_, i) => i)),
        fc.uniqueArray(fc.nat(shape.numFeatures - 1), { minLength: 1 }),
      ),
      minLeafWeight: fc.constantFrom(1, 1, 2, 10),
    })
    .map((drawn) => {
      const { features, minLeafWeight } = drawn;
      const next = (below: number): number => Number(drawn.bytes.next().value) % below;
      const table = tableOf(shape, next);
      const rows = rowsOf(drawn.skipped, next);
      return { table, rows, features: Int32Array.from(features), minLeafWeight };
    }),
);

type Shape = {
  readonly numFeatures: number;
  readonly numClasses: number;
  readonly numRows: number;
  readonly maxBins: number;
};

function tableOf(
  { numFeatures, numClasses, numRows, maxBins }: Shape,
  next: (below: number) => number,
): BinnedTable {
  const rowBytes = rowBytesOf(numFeatures);
  const memory = new SharedArrayBuffer(numRows * rowBytes);
  const bytes = new Uint8Array(memory);
  const hasMissing = Uint8Array.from({ length: numFeatures }, () => next(2));
  const binCounts = Uint16Array.from(hasMissing, (missing) => 1 + next(maxBins) + missing);
  for (let row = 0; row < numRows; row++) {
    binCounts.forEach((bins, feature) => (bytes[row * rowBytes + feature] = next(bins)));
    bytes[(row + 1) * rowBytes - 1] = next(numClasses);
  }
  return {
    numRows,
    numFeatures,
    numClasses,
    rowBytes,
    bytes,
    words: new Uint32Array(memory),
    binCounts,
    hasMissing,
  };
}

/** Some rows of the table, between other entries that must not be touched. */
function rowsOf(skipped: readonly boolean[], next: (below: number) => number): NodeRows {
  const drawn = skipped.flatMap((isSkipped, row) => (isSkipped && row > 0 ? [] : [row]));
  const entries = drawn.map((row) => (row << WEIGHT_BITS) | (1 + next(WEIGHT_MAX)));
  const foreign = 0xffffffff;
  return { entries: Uint32Array.of(foreign, ...entries, foreign), start: 1, end: 1 + entries.length };
}

function filled(kernels: ForestKernels, { table, rows, features }: Case): Int32Array {
  const histogram = new Int32Array(histogramLength(table));
  kernels.addHistogram(table, rows, features, histogram);
  return histogram;
}

function splitRequest(given: Case): Parameters<ForestKernels["findSplit"]>[0] {
  const { table, rows, features, minLeafWeight } = given;
  const classWeights = new Int32Array(table.numClasses);
  for (const entry of rows.entries.subarray(rows.start, rows.end)) {
    const klass = table.bytes[((entry >>> WEIGHT_BITS) + 1) * table.rowBytes - 1]!;
    classWeights[klass]! += entry & WEIGHT_MAX;
  }
  return { table, histogram: filled(referenceKernels, given), features, classWeights, minLeafWeight };
}

function countsOf({ table }: Case, histogram: Int32Array, feature: number): Int32Array {
  const start = histogramOffset(table, feature);
  return histogram.slice(start, start + table.binCounts[feature]! * table.numClasses);
}

function allFeatures({ table }: Case): number[] {
  return Array.from({ length: table.numFeatures }, (_, feature) => feature);
}
