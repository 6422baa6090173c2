import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { type ReactNode, useMemo } from "react";
import { ExportMenu } from "../../components/export-menu.tsx";
import { EmptyState } from "../../components/query-view.tsx";
import type { ExportChart } from "../../lib/export.ts";
import { formatCount, formatNumber, formatPlural } from "../../lib/format.ts";
import { useInView } from "../../lib/hooks.ts";
import { compareNatural, shownName, shownText } from "../../lib/names.ts";
import { type GridView, MetricCard, MetricGrid } from "../run/metric-grid.tsx";
import { metricHistoriesQuery } from "../run/metric-queries.ts";
import type { RunRow } from "../runs/run-columns.ts";
import {
  ALL_RUNS,
  type CurveAxis,
  curveOf,
  EACH_RUN,
  groupingColumns,
  groupRuns,
  meanCurve,
  type RunGroup,
} from "./curves.ts";
import { INKS, inkColour, OverlayChart, type OverlayLine } from "./overlay-chart.tsx";

const AXES = ["step", "relative"] as const;
/** More lines in one chart are illegible. Groups can combine any number of runs. */
const LINES_MAX = 30;
/** Each chart makes a request. */
const CHARTS_MAX = 60;

type CompareCurvesProps = {
  readonly rows: readonly RunRow[];
  /** What each line stands for: a run, all runs, or the runs with the same value of a column. */
  readonly by: string | undefined;
  readonly onBy: (by: string | undefined) => void;
};

/** Metrics of several runs over their steps, as one line per run or as means with deviations. */
export function CompareCurves({ rows, by = EACH_RUN, onBy }: CompareCurvesProps): ReactNode {
  const keys = useMemo(() => metricKeys(rows), [rows]);
  const columns = useMemo(() => groupingColumns(rows), [rows]);
  const groups = useMemo(() => groupsOf(rows, by), [rows, by]);
  if (keys.length === 0) return <EmptyState icon="compare" title="None of these runs has logged a metric" />;
  return (
    <MetricGrid
      keys={keys}
      axes={AXES}
      chartsMax={CHARTS_MAX}
      controls={
        <label className="headline-metric">
          <span>Lines</span>
          <select
            className="select"
            value={by}
            onChange={({ target }) => onBy(target.value === EACH_RUN ? undefined : target.value)}
          >
            <option value={EACH_RUN}>Each run</option>
            <option value={ALL_RUNS}>Mean of all runs</option>
            {columns.map((id) => (
              <option key={id} value={id}>
                Mean by {shownText(id.slice(id.indexOf(".") + 1))}
              </option>
            ))}
          </select>
        </label>
      }
      legend={<Legend groups={groups} isMean={by !== EACH_RUN} runCount={rows.length} />}
    >
      {(key, view) => <CurveCard key={key} metricKey={key} rows={rows} groups={groups} {...view} />}
    </MetricGrid>
  );
}

/** Metrics with several steps come first, because they have curves. */
function metricKeys(rows: readonly RunRow[]): readonly string[] {
  const metrics = rows.flatMap(({ run }) => run.data.metrics);
  const withSteps = new Set(metrics.filter(({ step }) => step > 0).map(({ key }) => key));
  return [...new Set(metrics.map(({ key }) => key))].toSorted(
    (a, b) => Number(withSteps.has(b)) - Number(withSteps.has(a)) || compareNatural(a, b),
  );
}

function groupsOf(rows: readonly RunRow[], by: string): readonly RunGroup[] {
  if (by !== EACH_RUN) return groupRuns(rows, by);
  return rows
    .slice(0, LINES_MAX)
    .map((row) => ({ label: shownName(row.run.info.runName, row.run.info.runId), rows: [row] }));
}

type LegendProps = {
  readonly groups: readonly RunGroup[];
  readonly isMean: boolean;
  readonly runCount: number;
};

/** The color legend for all charts. */
function Legend({ groups, isMean, runCount }: LegendProps): ReactNode {
  return (
    <div className="legend">
      <ul aria-label="Lines">
        {groups.map(({ label, rows }, index) => (
          <li key={rows[0]?.run.info.runId ?? label}>
            <span
              className="legend-ink"
              data-dashed={index >= INKS || undefined}
              style={{ borderColor: `var(--chart-${(index % INKS) + 1})` }}
            />
            <bdi>{shownText(label)}</bdi>
            {isMean && <span className="muted">{formatPlural(rows.length, "run")}</span>}
          </li>
        ))}
      </ul>
      {isMean && (
        <p className="muted">A line is the mean of its runs, the band one standard deviation to each side.</p>
      )}
      {!isMean && runCount > groups.length && (
        <p className="muted">
          The first {groups.length} of {formatCount(runCount)} runs are drawn. Means include all of them.
        </p>
      )}
    </div>
  );
}

type CurveCardProps = GridView<CurveAxis> & {
  readonly metricKey: string;
  readonly rows: readonly RunRow[];
  readonly groups: readonly RunGroup[];
};

function CurveCard({ metricKey, rows, groups, axis, isLogarithmic }: CurveCardProps): ReactNode {
  const [element, isNear] = useInView<HTMLElement>();
  const runIds = useMemo(
    () => rows.filter(({ metrics }) => metrics.has(metricKey)).map(({ run }) => run.info.runId),
    [rows, metricKey],
  );
  const query = useQuery({
    ...metricHistoriesQuery(runIds, metricKey),
    enabled: isNear,
    placeholderData: keepPreviousData,
  });
  const lines = useMemo(
    () =>
      groups.flatMap(({ label, rows: members }, ink): readonly OverlayLine[] => {
        const curves = members
          .map(({ run }) => curveOf(query.data?.get(run.info.runId) ?? [], axis))
          .filter(({ xs }) => xs.length > 0);
        const [first] = curves;
        if (first === undefined) return [];
        return [{ label, ink, curve: members.length === 1 ? first : meanCurve(curves) }];
      }),
    [groups, query.data, axis],
  );
  return (
    <MetricCard metricKey={metricKey} element={element} query={query}>
      {() => <LinesOrValues metricKey={metricKey} lines={lines} axis={axis} isLogarithmic={isLogarithmic} />}
    </MetricCard>
  );
}

type LinesOrValuesProps = GridView<CurveAxis> & {
  readonly metricKey: string;
  readonly lines: readonly OverlayLine[];
};

/** Metrics that were logged only once have no line; shows their values in the legend's order. */
function LinesOrValues({ metricKey, lines, axis, isLogarithmic }: LinesOrValuesProps): ReactNode {
  if (lines.some(({ curve }) => curve.xs.length > 1)) {
    const chart = (): ExportChart => ({
      title: metricKey,
      xTitle: axis === "step" ? "step" : "seconds",
      isLogarithmic,
      lines: lines.map(({ label, ink, curve }) => ({ label, colour: inkColour(ink), ...curve })),
    });
    return (
      <>
        <ExportMenu title={metricKey} chart={chart} />
        <OverlayChart label={metricKey} lines={lines} axis={axis} isLogarithmic={isLogarithmic} />
      </>
    );
  }
  return (
    <ul className="single-values">
      {lines.map(({ label, ink, curve }) => (
        <li key={ink}>
          <span className="legend-ink" style={{ borderColor: `var(--chart-${(ink % INKS) + 1})` }} />
          <bdi>{shownText(label)}</bdi>
          <span className="number">{valueText(curve)}</span>
        </li>
      ))}
    </ul>
  );
}

function valueText(curve: OverlayLine["curve"]): string {
  const [value = Number.NaN] = curve.ys;
  const [high = value] = "high" in curve ? curve.high : [];
  return high === value ? formatNumber(value) : `${formatNumber(value)} ± ${formatNumber(high - value)}`;
}
