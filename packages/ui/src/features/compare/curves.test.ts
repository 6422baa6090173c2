import { describe, expect, test } from "vitest";
import { exampleRow } from "../runs/example-row.ts";
import { ALL_RUNS, curveOf, groupingColumns, groupRuns, meanCurve } from "./curves.ts";

const point = (step: number, value: number, timestampMs = step * 1000) => ({
  key: "m",
  step,
  value,
  timestampMs,
});

describe("curveOf", () => {
  test("sorts by the axis, and leaves out what cannot be drawn", () => {
    const points = [point(2, 5), point(1, 4), point(3, Number.NaN), point(1, 6)];
    expect(curveOf(points, "step")).toEqual({ xs: [1, 2], ys: [6, 5] });
    expect(curveOf([point(0, 1, 5000), point(1, 2, 7000)], "relative")).toEqual({ xs: [0, 2], ys: [1, 2] });
  });
});

describe("meanCurve", () => {
  test("is the mean, with one standard deviation of the sample to each side", () => {
    const mean = meanCurve([
      { xs: [0, 1], ys: [1, 1] },
      { xs: [0, 1], ys: [3, 5] },
    ]);
    expect(mean.ys).toEqual([2, 3]);
    expect(mean.low[0]).toBeCloseTo(2 - Math.SQRT2);
    expect(mean.high[1]).toBeCloseTo(3 + 2 * Math.SQRT2);
  });

  test("draws straight lines between points, and none before the first or after the last", () => {
    const mean = meanCurve([
      { xs: [0, 2], ys: [0, 4] },
      { xs: [1, 3], ys: [10, 10] },
    ]);
    expect(mean.xs).toEqual([0, 1, 2, 3]);
    expect(mean.ys).toEqual([0, 6, 7, 10]);
  });

  test("takes long curves at a bounded number of places, from end to end", () => {
    const xs = Array.from({ length: 5000 }, (_, index) => index);
    const mean = meanCurve([{ xs, ys: xs }]);
    expect(mean.xs).toHaveLength(200);
    expect(mean.ys[0]).toBe(0);
    expect(mean.ys.at(-1)).toBeCloseTo(4999);
    expect(mean.low).toEqual(mean.ys);
  });
});

describe("groups", () => {
  const rows = [
    exampleRow("a", { params: { depth: "3", seed: "1" } }),
    exampleRow("b", { params: { depth: "3", seed: "2" } }),
    exampleRow("c", { params: { depth: "5", seed: "3" } }),
    exampleRow("d", { params: { seed: "4" } }),
  ];

  test("are offered for values that several runs share", () => {
    expect(groupingColumns(rows)).toEqual(["params.depth"]);
  });

  test("contain each run once, including those without the value", () => {
    const shown = groupRuns(rows, "params.depth").map((group) => [
      group.label,
      group.rows.map(({ run }) => run.info.runId).join(""),
    ]);
    expect(shown).toEqual([
      ["3", "ab"],
      ["5", "c"],
      ["none", "d"],
    ]);
    expect(groupRuns(rows, ALL_RUNS)).toHaveLength(1);
  });
});
