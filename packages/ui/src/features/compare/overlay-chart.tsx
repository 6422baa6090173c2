import { type ReactNode, type RefObject, useEffect, useRef } from "react";
import UPlot from "uplot";
import { formatDuration, formatNumber } from "../../lib/format.ts";
import { shownText } from "../../lib/names.ts";
import { useShownTheme } from "../../lib/settings.ts";
import { openPlot, plotFrame, type PlotOptions, themeValue } from "../run/metric-plot.ts";
import type { Curve, CurveAxis, MeanCurve } from "./curves.ts";

const HEIGHT_PX = 220;
/** A pointer this close to a line highlights it. */
const NEAR_PX = 24;
/** Opacity of the other lines. */
const BACK_ALPHA = 0.25;
/** Number of distinct colors, `--chart-1` and so on; further lines reuse them, dashed. */
export const INKS = 8;
const BAND_ALPHA_HEX = "2b";

/** A line of the chart. `low` and `high` add a band. */
export type OverlayLine = {
  readonly label: string;
  readonly ink: number;
  readonly curve: Curve | MeanCurve;
};

/** An ink's color in the current theme. */
export function inkColour(ink: number): string {
  return themeValue(`--chart-${(ink % INKS) + 1}`);
}

type OverlayChartProps = {
  readonly label: string;
  readonly lines: readonly OverlayLine[];
  readonly axis: CurveAxis;
  readonly isLogarithmic: boolean;
};

/** Several lines over a common axis. The line under the pointer is highlighted and named above. */
export function OverlayChart({ label, lines, axis, isLogarithmic }: OverlayChartProps): ReactNode {
  const container = useRef<HTMLDivElement>(null);
  const readout = useRef<HTMLParagraphElement>(null);
  const theme = useShownTheme();
  useEffect(() => {
    const { current } = container;
    if (current === null) return undefined;
    const options = overlayOptions({ lines, axis, isLogarithmic }, readout);
    return openPlot(current, options, dataOf(lines)).close;
  }, [lines, axis, isLogarithmic, theme]);
  return (
    <div className="line-chart">
      <p className="chart-readout" ref={readout} aria-hidden="true" />
      <div
        ref={container}
        role="img"
        aria-label={`Chart of ${shownText(label)}: ${lines.map((line) => shownText(line.label)).join(", ")}`}
      />
    </div>
  );
}

/** Three series per line: the upper and lower edge of its band (empty for a single run) and the line itself. */
function dataOf(lines: readonly OverlayLine[]): UPlot.AlignedData {
  if (lines.length === 0) return [[]];
  return UPlot.join(
    lines.map(({ curve }): UPlot.AlignedData => {
      const { xs, ys } = curve;
      const [high, low] = "high" in curve ? [curve.high, curve.low] : [ys, ys];
      return [[...xs], [...high], [...low], [...ys]];
    }),
  );
}

const SERIES_A_LINE = 3;

function overlayOptions(
  { lines, axis, isLogarithmic }: Omit<OverlayChartProps, "label">,
  readout: RefObject<HTMLParagraphElement | null>,
): PlotOptions {
  const edge = { width: 0, stroke: "transparent", points: { show: false }, spanGaps: true };
  let focused: number | null = null;
  return {
    height: HEIGHT_PX,
    ...plotFrame(axis, isLogarithmic),
    focus: { alpha: BACK_ALPHA },
    cursor: {
      points: { show: false },
      focus: { prox: NEAR_PX },
      dataIdx: (plot, series, index) => nearestValue(plot.data[series] ?? [], index),
    },
    bands: lines.flatMap((line, index) =>
      "high" in line.curve
        ? [
            {
              series: [1 + index * SERIES_A_LINE, 2 + index * SERIES_A_LINE] as [number, number],
              fill: `${inkColour(line.ink)}${BAND_ALPHA_HEX}`,
            },
          ]
        : [],
    ),
    series: [
      {},
      ...lines.flatMap((line) => [
        edge,
        edge,
        {
          stroke: inkColour(line.ink),
          width: 1.7,
          spanGaps: true,
          points: { show: line.curve.xs.length === 1, size: 6 },
          ...(line.ink >= INKS && { dash: [6, 4] }),
        },
      ]),
    ],
    hooks: {
      setSeries: [(_, series) => (focused = series)],
      setCursor: [(plot) => tell({ plot, series: focused, lines, axis }, readout.current)],
    },
  };
}

/** The index of the value nearest to an index; lines have their points at different places. */
function nearestValue(values: ArrayLike<number | null | undefined>, index: number): number {
  for (let away = 0; away < values.length; away += 1) {
    if (typeof values[index - away] === "number") return index - away;
    if (typeof values[index + away] === "number") return index + away;
  }
  return index;
}

type Pointed = Pick<OverlayChartProps, "lines" | "axis"> & {
  readonly plot: UPlot;
  readonly series: number | null;
};

function tell({ plot, series, lines, axis }: Pointed, element: HTMLElement | null): void {
  if (element === null) return;
  // The edges of a band count as its line.
  const lineIndex = series === null ? -1 : Math.floor((series - 1) / SERIES_A_LINE);
  const line = lines[lineIndex];
  const index = series === null ? undefined : plot.cursor.idxs?.[series];
  if (series === null || line === undefined || index === null || index === undefined) {
    element.textContent = "";
    return;
  }
  const x = plot.data[0][index] ?? 0;
  const y = plot.data[(lineIndex + 1) * SERIES_A_LINE]?.[index];
  const place = axis === "step" ? `step ${formatNumber(x)}` : formatDuration(x * 1000);
  element.textContent = `${shownText(line.label)} · ${place} · ${typeof y === "number" ? formatNumber(y) : ""}`;
}
