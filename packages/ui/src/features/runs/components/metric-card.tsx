import { useQuery } from "@tanstack/react-query";
import { lazy, type ReactNode, Suspense, useMemo } from "react";
import { ErrorNotice } from "../../../components/error-notice.tsx";
import { formatCount, formatNumber, formatPlural } from "../../../lib/format-number.ts";
import { useInView } from "../../../lib/use-in-view.ts";
import { type MetricHistory, metricHistoryQuery } from "../api/metric-queries.ts";
import { type ChartAxis, summarizeMetric, toChartSeries } from "../chart-series.ts";

const LineChart = lazy(async () => ({ default: (await import("./line-chart.tsx")).LineChart }));

type MetricCardProps = {
  readonly runId: string;
  readonly metricKey: string;
  readonly axis: ChartAxis;
  readonly isLogarithmic: boolean;
};

/** One metric over its steps: the line, and in words its last, lowest and highest value. Loads when it comes into sight. */
export function MetricCard({ runId, metricKey, axis, isLogarithmic }: MetricCardProps): ReactNode {
  const [element, isNear] = useInView<HTMLElement>();
  const query = useQuery({ ...metricHistoryQuery(runId, metricKey), enabled: isNear });
  return (
    <figure className="metric-card" ref={element}>
      <figcaption>{metricKey}</figcaption>
      {query.isError && (
        <ErrorNotice
          error={query.error}
          what="Could not load the points."
          onRetry={() => void query.refetch()} // The outcome arrives through the query.
        />
      )}
      {query.data === undefined ? (
        !query.isError && <div className="line-chart skeleton-block" />
      ) : (
        <MetricGraph metricKey={metricKey} history={query.data} axis={axis} isLogarithmic={isLogarithmic} />
      )}
    </figure>
  );
}

type MetricGraphProps = Omit<MetricCardProps, "runId"> & { readonly history: MetricHistory };

function MetricGraph({ metricKey, history, axis, isLogarithmic }: MetricGraphProps): ReactNode {
  const { points, isCut } = history;
  const series = useMemo(() => toChartSeries(points, { axis, isLogarithmic }), [points, axis, isLogarithmic]);
  const summary = useMemo(() => summarizeMetric(points), [points]);
  if (summary === undefined) return <p className="muted">No points.</p>;
  const isSingle = points.length === 1;
  return (
    <>
      {isSingle ? (
        <p className="single-value">
          {formatNumber(summary.last.value)}{" "}
          <span className="muted">at step {formatCount(summary.last.step)}</span>
        </p>
      ) : (
        <Suspense fallback={<div className="line-chart skeleton-block" />}>
          <LineChart label={metricKey} series={series} axis={axis} isLogarithmic={isLogarithmic} />
        </Suspense>
      )}
      <p className="metric-summary muted">
        {!isSingle && (
          <>
            <span>last {formatNumber(summary.last.value)}</span>
            <span>
              min {formatNumber(summary.min.value)} at {formatCount(summary.min.step)}
            </span>
            <span>
              max {formatNumber(summary.max.value)} at {formatCount(summary.max.step)}
            </span>
          </>
        )}
        <span>
          {isCut ? "the first " : ""}
          {formatPlural(points.length, "point")}
        </span>
        {series.skippedCount > 0 && <span>{formatCount(series.skippedCount)} cannot be drawn</span>}
      </p>
    </>
  );
}
