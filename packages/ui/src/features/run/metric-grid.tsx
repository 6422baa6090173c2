import type { UseQueryResult } from "@tanstack/react-query";
import { type ReactNode, type RefObject, useState } from "react";
import { SearchField, Segmented } from "../../components/controls.tsx";
import { ErrorNotice } from "../../components/query-view.tsx";
import { MiddleText } from "../../components/text.tsx";
import { formatCount } from "../../lib/format.ts";
import { shownText } from "../../lib/names.ts";
import type { ChartAxis } from "./chart-series.ts";

const AXIS_LABELS: Readonly<Record<ChartAxis, string>> = {
  step: "Step",
  time: "Time",
  relative: "Relative",
};
const SCALES = [
  { value: "linear", label: "Linear" },
  { value: "log", label: "Log" },
] as const;

/** Settings that all charts of a screen share. */
export type GridView<TAxis extends ChartAxis> = { readonly axis: TAxis; readonly isLogarithmic: boolean };

type MetricGridProps<TAxis extends ChartAxis> = {
  readonly keys: readonly string[];
  /** The horizontal axes to choose from. */
  readonly axes: readonly [TAxis, ...TAxis[]];
  /** Maximum number of charts in the document. */
  readonly chartsMax: number;
  /** Further controls, shown before those of the axes. */
  readonly controls: ReactNode;
  readonly legend?: ReactNode;
  readonly children: (metricKey: string, view: GridView<TAxis>) => ReactNode;
};

/** One chart per metric, with a search among the metrics and a choice of axes. */
export function MetricGrid<TAxis extends ChartAxis>(props: MetricGridProps<TAxis>): ReactNode {
  const { keys, axes, chartsMax, controls, legend, children } = props;
  const [axis, setAxis] = useState<TAxis>(axes[0]);
  const [scale, setScale] = useState<"linear" | "log">("linear");
  const [wanted, setWanted] = useState("");
  const fitting = keys.filter((key) => key.toLowerCase().includes(wanted.toLowerCase()));
  const shown = fitting.slice(0, chartsMax);
  const axisOptions = axes.map((value) => ({ value, label: AXIS_LABELS[value] }));
  return (
    <div className="stack">
      <div className="toolbar">
        <SearchField primary label="Search metrics" value={wanted} onChange={setWanted} />
        <div className="toolbar-end">
          {controls}
          <Segmented label="Horizontal axis" options={axisOptions} value={axis} onChange={setAxis} />
          <Segmented label="Vertical scale" options={SCALES} value={scale} onChange={setScale} />
        </div>
      </div>
      {legend}
      <div className="metric-grid">
        {shown.map((key) => children(key, { axis, isLogarithmic: scale === "log" }))}
      </div>
      {shown.length === 0 && <p className="muted">No metric name contains “{wanted}”.</p>}
      {fitting.length > shown.length && (
        <p className="muted">{formatCount(fitting.length - shown.length)} more. Search to find them.</p>
      )}
    </div>
  );
}

type MetricCardProps<TData> = {
  readonly metricKey: string;
  /** For the caller to find out whether the card is in view. */
  readonly element: RefObject<HTMLElement | null>;
  readonly query: UseQueryResult<TData>;
  readonly children: (data: TData) => ReactNode;
};

/** The frame of one metric's chart while its points load, when that failed, and once they are there. */
export function MetricCard<TData>(props: MetricCardProps<TData>): ReactNode {
  const { metricKey, element, query, children } = props;
  return (
    <figure className="metric-card" ref={element} aria-label={shownText(metricKey)}>
      <figcaption>
        <MiddleText text={metricKey} />
      </figcaption>
      {query.isError && (
        <ErrorNotice
          error={query.error}
          what="Could not load the points."
          onRetry={() => void query.refetch()} // The query reports the outcome.
        />
      )}
      {query.data === undefined
        ? !query.isError && <div className="line-chart skeleton-block" />
        : children(query.data)}
    </figure>
  );
}
