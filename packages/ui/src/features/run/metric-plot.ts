import "uplot/dist/uPlot.min.css";
import UPlot from "uplot";
import { formatDuration, formatNumber } from "../../lib/format.ts";
import type { ChartAxis } from "./chart-series.ts";

// oxlint-disable-next-line typescript/no-unsafe-enum-assignment -- the library's types declare an enum that its code does not export
const LINEAR = 1 as UPlot.Scale.Distr.Linear;
// oxlint-disable-next-line typescript/no-unsafe-enum-assignment -- as above
const LOGARITHMIC = 3 as UPlot.Scale.Distr.Logarithmic;

export type PlotOptions = Omit<UPlot.Options, "width">;

/** The scales and axes of a chart of metrics, in the current theme. */
export function plotFrame(
  axis: ChartAxis,
  isLogarithmic: boolean,
): Pick<PlotOptions, "scales" | "axes" | "legend"> {
  const text = themeValue("--text-muted");
  const lines = { stroke: themeValue("--chart-grid"), width: 1 };
  const look = { stroke: text, font: `11px ${themeValue("--font")}`, grid: lines, ticks: lines };
  return {
    scales: { x: { time: axis === "time" }, y: { distr: isLogarithmic ? LOGARITHMIC : LINEAR } },
    axes: [
      {
        ...look,
        size: 32,
        ...(axis === "relative" && {
          values: (_: UPlot, ticks: number[]) => ticks.map((tick) => formatDuration(tick * 1000)),
        }),
      },
      {
        ...look,
        size: 66,
        values: (_, ticks) => ticks.map((tick) => (tick === null ? "" : formatNumber(tick))),
      },
    ],
    legend: { show: false },
  };
}

/** The value of a style sheet's variable in the current theme. */
export function themeValue(name: `--${string}`): string {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

type OpenPlot = { readonly plot: UPlot; readonly close: () => void };

/** Draws a chart as wide as its container, whose width may change. */
export function openPlot(container: HTMLElement, options: PlotOptions, data: UPlot.AlignedData): OpenPlot {
  const plot = new UPlot({ ...options, width: container.clientWidth }, data, container);
  const observer = new ResizeObserver(() =>
    plot.setSize({ width: container.clientWidth, height: options.height }),
  );
  observer.observe(container);
  const close = (): void => {
    observer.disconnect();
    plot.destroy();
  };
  return { plot, close };
}
