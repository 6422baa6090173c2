import type { Metric } from "@flightdeck/protocol";
import { describe, expect, test } from "vitest";
import { summarizeMetric, toChartSeries } from "./chart-series.ts";

const point = (step: number, value: number, timestampMs = step * 1000): Metric => ({
  key: "loss",
  value,
  timestampMs,
  step,
});

describe("toChartSeries", () => {
  test("orders by the axis", () => {
    const points = [point(2, 0.2, 5000), point(1, 0.4, 9000)];
    expect(toChartSeries(points, { axis: "step", isLogarithmic: false, smoothing: 0 })).toMatchObject({
      xs: [1, 2],
      ys: [0.4, 0.2],
    });
    expect(toChartSeries(points, { axis: "time", isLogarithmic: false, smoothing: 0 })).toMatchObject({
      xs: [5, 9],
      ys: [0.2, 0.4],
    });
  });

  test("leaves gaps where nothing can be drawn, and counts them", () => {
    const points = [point(0, 1), point(1, Number.NaN), point(2, -1), point(3, Number.POSITIVE_INFINITY)];
    expect(toChartSeries(points, { axis: "step", isLogarithmic: false, smoothing: 0 })).toMatchObject({
      ys: [1, null, -1, null],
      skippedCount: 2,
    });
    expect(toChartSeries(points, { axis: "step", isLogarithmic: true, smoothing: 0 }).skippedCount).toBe(3);
  });
});

describe("smoothing", () => {
  const noisy = Array.from({ length: 1000 }, (_, step) => point(step, 5 + (step % 2 === 0 ? 1 : -1)));

  test("smooths without starting at zero, and leaves gaps", () => {
    const points = noisy.with(500, point(500, Number.NaN));
    const { smooth, ys } = toChartSeries(points, { axis: "step", isLogarithmic: false, smoothing: 0.9 });
    expect(smooth[0]).toBe(6);
    expect(Math.abs((smooth[900] ?? 0) - 5)).toBeLessThan(0.1);
    expect(smooth[500]).toBeNull();
    expect(ys[900]).toBe(6);
  });

  test("does not depend on how many points there are", () => {
    const ramp = (count: number) =>
      Array.from({ length: count + 1 }, (_, index) => point((index * 1000) / count, index / count));
    const at = (count: number): number =>
      toChartSeries(ramp(count), { axis: "step", isLogarithmic: false, smoothing: 0.95 }).smooth[count / 2] ??
      0;
    expect(at(2000)).toBeCloseTo(at(500), 2);
  });
});

test("the envelope holds the lowest and highest value near each point", () => {
  const points = Array.from({ length: 5000 }, (_, step) => point(step, step === 2500 ? 9 : 1));
  const { low, high } = toChartSeries(points, { axis: "step", isLogarithmic: false, smoothing: 0 });
  expect([low[2505], high[2505], high[2000]]).toEqual([1, 9, 1]);
});

test("the relative axis begins at the first point", () => {
  const { xs } = toChartSeries([point(1, 1, 7000), point(2, 1, 9500)], {
    axis: "relative",
    isLogarithmic: false,
    smoothing: 0,
  });
  expect(xs).toEqual([0, 2.5]);
});

describe("summarizeMetric", () => {
  test("finds the lowest and highest values, ignoring NaN", () => {
    const summary = summarizeMetric([point(0, Number.NaN), point(1, 3), point(2, 1), point(3, 2)]);
    expect([summary?.last.step, summary?.min.step, summary?.max.step]).toEqual([3, 2, 1]);
  });

  test("handles no points and only NaN", () => {
    expect(summarizeMetric([])).toBeUndefined();
    expect(summarizeMetric([point(4, Number.NaN)])?.max.step).toBe(4);
  });
});
