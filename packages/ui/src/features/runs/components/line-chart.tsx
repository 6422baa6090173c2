import "uplot/dist/uPlot.min.css";
import { type ReactNode, useEffect, useRef } from "react";
import UPlot from "uplot";
import { useShownTheme } from "../../../app/theme.ts";
import { formatNumber } from "../../../lib/format-number.ts";
import type { ChartAxis, ChartSeries } from "../chart-series.ts";

// oxlint-disable-next-line typescript/no-unsafe-enum-assignment -- the library's types declare an enum that its code does not export
const LINEAR = 1 as UPlot.Scale.Distr.Linear;
// oxlint-disable-next-line typescript/no-unsafe-enum-assignment -- as above
const LOGARITHMIC = 3 as UPlot.Scale.Distr.Logarithmic;

const HEIGHT_PX = 200;
/** With fewer points each is marked, since a line alone hides where they are. */
const MARKED_POINTS_MAX = 60;

type LineChartProps = {
  readonly label: string;
  readonly series: ChartSeries;
  readonly axis: ChartAxis;
  readonly isLogarithmic: boolean;
};

/** One metric as a line on a canvas of its container's width; dragging zooms in, a double click zooms out. */
export function LineChart({ label, series, axis, isLogarithmic }: LineChartProps): ReactNode {
  const container = useRef<HTMLDivElement>(null);
  const theme = useShownTheme();
  useEffect(() => {
    const { current } = container;
    if (current === null) return undefined;
    const width = current.clientWidth;
    const chart = new UPlot(
      chartOptions({ label, series, axis, isLogarithmic, width }),
      chartData(series),
      current,
    );
    const observer = new ResizeObserver(() =>
      chart.setSize({ width: current.clientWidth, height: HEIGHT_PX }),
    );
    observer.observe(current);
    return () => {
      observer.disconnect();
      chart.destroy();
    };
  }, [label, series, axis, isLogarithmic, theme]);
  return <div ref={container} className="line-chart" role="img" aria-label={`Line chart of ${label}`} />;
}

function chartData({ xs, ys }: ChartSeries): UPlot.AlignedData {
  return [[...xs], [...ys]];
}

function chartOptions(input: LineChartProps & { readonly width: number }): UPlot.Options {
  const { label, series, axis, isLogarithmic, width } = input;
  const colours = themeColours();
  const axisLook = {
    stroke: colours.text,
    font: `11px ${colours.font}`,
    grid: { stroke: colours.grid, width: 1 },
    ticks: { stroke: colours.grid, width: 1 },
  };
  return {
    width,
    height: HEIGHT_PX,
    scales: { x: { time: axis === "time" }, y: { distr: isLogarithmic ? LOGARITHMIC : LINEAR } },
    cursor: { points: { size: 7 } },
    legend: { live: true },
    axes: [
      { ...axisLook, size: 32 },
      {
        ...axisLook,
        size: 58,
        values: (_, ticks) => ticks.map((tick) => (tick === null ? "" : formatNumber(tick))),
      },
    ],
    series: [
      { label: axis === "step" ? "step" : "time" },
      {
        label,
        stroke: colours.line,
        width: 1.6,
        spanGaps: true,
        points: { show: series.xs.length <= MARKED_POINTS_MAX, size: 5, fill: colours.line },
        value: (_, value: number | null) => (value === null ? "–" : String(value)),
      },
    ],
  };
}

type Colours = { readonly text: string; readonly grid: string; readonly line: string; readonly font: string };

function themeColours(): Colours {
  const styles = getComputedStyle(document.documentElement);
  const read = (name: string): string => styles.getPropertyValue(name).trim();
  return {
    text: read("--text-muted"),
    grid: read("--chart-grid"),
    line: read("--chart-1"),
    font: read("--font"),
  };
}
