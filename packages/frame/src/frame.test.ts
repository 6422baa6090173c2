import fc from "fast-check";
import { expect, test } from "vitest";
import { cellAt } from "./column.ts";
import { Frame } from "./frame.ts";

const flights = Frame.fromRows({
  columns: ["Distance", "Carrier"],
  data: [
    [1846, "UA"],
    [944, "AA"],
  ],
});

function numbered(count: number): Frame {
  return Frame.fromRows({ columns: ["row"], data: Array.from({ length: count }, (_, i) => [i]) });
}

function values(frame: Frame): number[] {
  return Array.from(frame.column("row").values, Number);
}

test("the example in the class's documentation works", () => {
  expect(flights.numRows).toBe(2);
  expect(flights.column("Distance").values).toEqual(Float64Array.of(1846, 944));
  const { train, test: held } = flights.split({ testSize: 0.5, seed: 42 });
  expect([train.numRows, held.numRows]).toEqual([1, 1]);
});

test("a split keeps every row once, rounds the test set up, and depends only on the seed", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 2, max: 200 }),
      fc.integer(),
      fc.double({ min: 0.01, max: 0.99 }),
      (count, seed, testSize) => {
        fc.pre(Math.ceil(testSize * count) < count);
        const parts = numbered(count).split({ testSize, seed });
        const again = numbered(count).split({ testSize, seed });
        expect(values(parts.test)).toHaveLength(Math.ceil(testSize * count));
        expect([...values(parts.train), ...values(parts.test)].sort((a, b) => a - b)).toEqual(
          values(numbered(count)),
        );
        expect(values(again.test)).toEqual(values(parts.test));
      },
    ),
  );
  const a = values(numbered(100).split({ testSize: 0.2, seed: 1 }).test);
  const b = values(numbered(100).split({ testSize: 0.2, seed: 2 }).test);
  expect(a).not.toEqual(b);
});

test("a split with an empty side is refused", () => {
  expect(() => numbered(10).split({ testSize: 0 })).toThrow("testSize must lie between 0 and 1, got 0");
  expect(() => numbered(10).split({ testSize: 1 })).toThrow("testSize must lie between 0 and 1, got 1");
  expect(() => numbered(1).split({ testSize: 0.5 })).toThrow("at least one row on either side, got 1 rows");
});

test("select, drop, take and slice return the given columns and rows", () => {
  expect(flights.select(["Carrier", "Distance"]).columnNames).toEqual(["Carrier", "Distance"]);
  expect(flights.drop(["Carrier"]).columnNames).toEqual(["Distance"]);
  expect(flights.take(Uint32Array.of(1, 1, 0)).column("Carrier").values).toEqual(["AA", "AA", "UA"]);
  expect(values(numbered(5).slice(1, 3))).toEqual([1, 2]);
  expect(values(numbered(5).slice(3))).toEqual([3, 4]);
  expect(() => flights.take(Uint32Array.of(2))).toThrow("row must be below 2, got 2");
});

test("missing values survive taking rows", () => {
  const frame = Frame.fromRows({
    columns: ["a", "b", "c"],
    data: [
      [null, "x", true],
      [2, null, null],
    ],
  });
  const turned = frame.take(Uint32Array.of(1, 0));
  const cells = turned.columnNames.map((name) => [
    cellAt(turned.column(name), 0),
    cellAt(turned.column(name), 1),
  ]);
  expect(cells).toEqual([
    [2, null],
    [null, "x"],
    [null, true],
  ]);
  expect(frame.column("a").values[0]).toBeNaN();
});

test("inconsistent columns and rows are refused with their position", () => {
  const rows =
    (data: unknown[][]): (() => Frame) =>
    () =>
      Frame.fromRows({ columns: ["a", "b"], data });
  expect(rows([[1, 2], [3]])).toThrow("row 1 must have 2 values, got 1");
  expect(
    rows([
      [1, 2],
      ["x", 2],
    ]),
  ).toThrow('column "a" must hold float64 values, got one of type string');
  expect(rows([[{}, 2]])).toThrow(
    'column "a": values must be numbers, strings, booleans or null, got object',
  );
  expect(() => Frame.fromRows({ columns: ["a", "a"], data: [] })).toThrow(
    'column names must differ, got "a" twice',
  );
  const [a, b] = [flights.column("Distance"), numbered(3).column("row")];
  expect(() => Frame.fromColumns([a, b])).toThrow('column "row" must have 2 values, got 3');
});

test("the error for a missing column lists similar names, or all", () => {
  expect(() => flights.column("distnce")).toThrow(
    'column "distnce" does not exist; did you mean "Distance"? Columns: "Distance", "Carrier"',
  );
  expect(() => flights.drop(["Year"])).toThrow(
    'column "Year" does not exist; columns: "Distance", "Carrier"',
  );
  expect(flights.hasColumn("Year")).toBe(false);
});
