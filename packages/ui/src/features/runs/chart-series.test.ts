import type { Metric } from "@flightdeck/protocol";
import { describe, expect, it } from "vitest";
import { summarizeMetric, toChartSeries } from "./chart-series.ts";

const point = (step: number, value: number, timestampMs = step * 1000): Metric => ({
  key: "loss",
  value,
  timestampMs,
  step,
});

describe("toChartSeries", () => {
  it("orders by the axis", () => {
    const points = [point(2, 0.2, 5000), point(1, 0.4, 9000)];
    expect(toChartSeries(points, { axis: "step", isLogarithmic: false })).toMatchObject({
      xs: [1, 2],
      ys: [0.4, 0.2],
    });
    expect(toChartSeries(points, { axis: "time", isLogarithmic: false })).toMatchObject({
      xs: [5, 9],
      ys: [0.2, 0.4],
    });
  });

  it("leaves gaps where nothing can be drawn, and counts them", () => {
    const points = [point(0, 1), point(1, Number.NaN), point(2, -1), point(3, Number.POSITIVE_INFINITY)];
    expect(toChartSeries(points, { axis: "step", isLogarithmic: false })).toMatchObject({
      ys: [1, null, -1, null],
      skippedCount: 2,
    });
    expect(toChartSeries(points, { axis: "step", isLogarithmic: true }).skippedCount).toBe(3);
  });
});

describe("summarizeMetric", () => {
  it("finds the ends, NaN aside", () => {
    const summary = summarizeMetric([point(0, Number.NaN), point(1, 3), point(2, 1), point(3, 2)]);
    expect([summary?.last.step, summary?.min.step, summary?.max.step]).toEqual([3, 2, 1]);
  });

  it("copes with nothing and with NaN alone", () => {
    expect(summarizeMetric([])).toBeUndefined();
    expect(summarizeMetric([point(4, Number.NaN)])?.max.step).toBe(4);
  });
});
