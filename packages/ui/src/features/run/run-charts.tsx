import type { Run } from "@flightdeck/protocol";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { type ReactNode, useMemo, useState } from "react";
import { ExportMenu } from "../../components/export-menu.tsx";
import { lazyPart } from "../../components/lazy-part.tsx";
import { EmptyState } from "../../components/query-view.tsx";
import { formatCount, formatNumber, formatPlural } from "../../lib/format.ts";
import { useInView } from "../../lib/hooks.ts";
import { compareNatural } from "../../lib/names.ts";
import { type ChartAxis, summarizeMetric, toChartSeries } from "./chart-series.ts";
import { type GridView, MetricCard, MetricGrid } from "./metric-grid.tsx";
import { type MetricHistory, metricHistoryQuery, type StepRange } from "./metric-queries.ts";

const AXES = ["step", "time", "relative"] as const;
/** Maximum number of cards in the document. Each is a chart, and a run may have thousands of metrics. */
const CARDS_SHOWN_MAX = 100;

/** A chart for each of a run's metrics. They share their axis, cursor and zoom. */
export function RunCharts({ run }: { readonly run: Run }): ReactNode {
  const [smoothing, setSmoothing] = useState(0);
  const [range, setRange] = useState<StepRange | undefined>();
  const keys = useMemo(
    () => [...new Set(run.data.metrics.map(({ key }) => key))].toSorted(compareNatural),
    [run.data.metrics],
  );
  if (keys.length === 0) {
    return (
      <EmptyState icon="compare" title="This run has not logged any metrics">
        <p>Values logged with a step are drawn here, one chart for each metric.</p>
      </EmptyState>
    );
  }
  return (
    <MetricGrid
      keys={keys}
      axes={AXES}
      chartsMax={CARDS_SHOWN_MAX}
      controls={
        <>
          {range !== undefined && (
            <button type="button" className="button" onClick={() => setRange(undefined)}>
              Steps {formatCount(range.startStep)} to {formatCount(range.endStep)}: show all
            </button>
          )}
          <label className="smoothing">
            Smoothing
            <input
              type="range"
              min={0}
              max={0.99}
              step={0.01}
              value={smoothing}
              onChange={(event) => setSmoothing(Number(event.target.value))}
            />
          </label>
        </>
      }
    >
      {(key, view) => (
        <RunMetricCard
          key={key}
          runId={run.info.runId}
          metricKey={key}
          view={{ ...view, smoothing, range }}
          onZoom={setRange}
        />
      )}
    </MetricGrid>
  );
}

const LineChart = lazyPart(
  async () => (await import("./line-chart.tsx")).LineChart,
  <div className="line-chart skeleton-block" />,
);

/** Settings shared by all charts of a run. */
type ChartView = GridView<ChartAxis> & {
  readonly smoothing: number;
  /** The visible steps; undefined for all. */
  readonly range: StepRange | undefined;
};

type RunMetricCardProps = {
  readonly runId: string;
  readonly metricKey: string;
  readonly view: ChartView;
  readonly onZoom: (range: StepRange | undefined) => void;
};

/** One metric over its steps: the line, and its last, lowest and highest value. Loads when scrolled into view. */
function RunMetricCard({ runId, metricKey, view, onZoom }: RunMetricCardProps): ReactNode {
  const [element, isNear] = useInView<HTMLElement>();
  const query = useQuery({
    ...metricHistoryQuery(runId, metricKey, view.range),
    enabled: isNear,
    placeholderData: keepPreviousData, // Keep the coarse line until the fine one arrives.
  });
  return (
    <MetricCard metricKey={metricKey} element={element} query={query}>
      {(history) => <MetricGraph metricKey={metricKey} history={history} view={view} onZoom={onZoom} />}
    </MetricCard>
  );
}

const AXIS_TITLES: Readonly<Record<ChartAxis, string>> = {
  step: "step",
  time: "seconds since 1970",
  relative: "seconds",
};
/** The light theme's first chart color. */
const EXPORT_COLOUR = "#0b5fc4";

type MetricGraphProps = Omit<RunMetricCardProps, "runId"> & { readonly history: MetricHistory };

function MetricGraph({ metricKey, history, view, onZoom }: MetricGraphProps): ReactNode {
  const { points, isDense } = history;
  const { axis, isLogarithmic, smoothing, range } = view;
  const series = useMemo(
    () => toChartSeries(points, { axis, isLogarithmic, smoothing }),
    [points, axis, isLogarithmic, smoothing],
  );
  const summary = useMemo(() => summarizeMetric(points), [points]);
  if (summary === undefined)
    return <p className="muted">{range === undefined ? "No points." : "No points among these steps."}</p>;
  if (points.length === 1) {
    return (
      <p className="single-value">
        {formatNumber(summary.last.value)}{" "}
        <span className="muted">at step {formatCount(summary.last.step)}</span>
      </p>
    );
  }
  return (
    <>
      <ExportMenu
        title={metricKey}
        chart={() => ({
          title: metricKey,
          xTitle: AXIS_TITLES[axis],
          isLogarithmic,
          lines: [{ label: metricKey, colour: EXPORT_COLOUR, xs: series.xs, ys: series.ys }],
        })}
      />
      <LineChart
        label={metricKey}
        series={series}
        axis={axis}
        isLogarithmic={isLogarithmic}
        isSmoothed={smoothing > 0}
        isDense={isDense}
        onZoom={onZoom}
      />
      <p className="metric-summary muted">
        {range !== undefined && <span>of the steps shown:</span>}
        <span>last {formatNumber(summary.last.value)}</span>
        <span>
          min {formatNumber(summary.min.value)} at {formatCount(summary.min.step)}
        </span>
        <span>
          max {formatNumber(summary.max.value)} at {formatCount(summary.max.step)}
        </span>
        <span>{isDense ? "every peak is drawn" : formatPlural(points.length, "point")}</span>
        {series.skippedCount > 0 && <span>{formatCount(series.skippedCount)} cannot be drawn</span>}
      </p>
    </>
  );
}
