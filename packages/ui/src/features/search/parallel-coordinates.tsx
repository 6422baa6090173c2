import { type PointerEvent, type ReactNode, useMemo, useState } from "react";
import { formatNumber } from "../../lib/format.ts";
import { useWidth } from "../../lib/hooks.ts";
import { cutInMiddle, shownText } from "../../lib/names.ts";
import { metricDirection } from "../runs/column-summary.ts";
import { type ParamAxis, placeBetween, positionOf, valueAt } from "./param-axes.ts";
import type { Trial } from "./trials.ts";

const HEIGHT_PX = 300;
const MARGIN = { top: 40, right: 60, bottom: 26, left: 60 };
/** Any narrower, and the labels of adjacent axes would overlap. */
const AXIS_GAP_PX = 104;
/** The share of best trials, whose lines are highlighted. */
const BEST_SHARE = 0.1;
/** A press without a drag clears the axis; this allows for an unsteady hand. */
const BRUSH_PX_MIN = 4;

/** A range on an axis, 0 to 1 from the bottom, that selects trials. */
export type Brush = { readonly from: number; readonly to: number };
export type Brushes = Readonly<Record<string, Brush>>;

type ParallelCoordinatesProps = {
  readonly trials: readonly Trial[];
  readonly axes: readonly ParamAxis[];
  readonly metric: string;
  readonly brushes: Brushes;
  readonly onBrush: (brushes: Brushes) => void;
};

type Column = {
  readonly key: string;
  readonly title: string;
  readonly lowText: string;
  readonly highText: string;
  readonly placeOf: (trial: Trial) => number | undefined;
  /** Formats a position on the axis. */
  readonly textAt: (place: number) => string;
};

/** The metric's axis next to those of the parameters. Not a valid param id, so it cannot clash. */
const METRIC_COLUMN = "\u0000metric";

/** The trials that pass every brush. */
export function brushedTrials(
  trials: readonly Trial[],
  axes: readonly ParamAxis[],
  metric: string,
  brushes: Brushes,
): readonly Trial[] {
  const columns = toColumns(trials, axes, metric);
  return trials.filter((trial) => isInside(trial, columns, brushes));
}

/** One line per trial through its parameters to its result. Drag over an axis to select the trials that pass there. */
export function ParallelCoordinates(props: ParallelCoordinatesProps): ReactNode {
  const { trials, axes, metric, brushes, onBrush } = props;
  const [element, width] = useWidth<HTMLDivElement>();
  const columns = useMemo(() => toColumns(trials, axes, metric), [trials, axes, metric]);
  const innerWidth = Math.max(width, columns.length * AXIS_GAP_PX);
  const plotHeight = HEIGHT_PX - MARGIN.top - MARGIN.bottom;
  const gap = (innerWidth - MARGIN.left - MARGIN.right) / Math.max(1, columns.length - 1);
  const lines = useMemo(() => toLines(trials, columns, metric), [trials, columns, metric]);
  const chosen = Object.keys(brushes).length > 0;
  const label = `${lines.length} trials through ${columns.map(({ title }) => title).join(", ")}`;
  return (
    <div
      ref={element}
      className="drawing drawing-scroll"
      tabIndex={0}
      role="group"
      aria-label="Parallel coordinates"
    >
      {width > 0 && (
        <svg width={innerWidth} height={HEIGHT_PX} role="img" aria-label={label}>
          <g transform={`translate(${MARGIN.left} ${MARGIN.top})`}>
            {lines.map(({ trial, places, rank }) => (
              <path
                key={trial.runId}
                className="trial-line"
                data-rank={rank}
                data-out={(chosen && !isInside(trial, columns, brushes)) || undefined}
                d={linePath(places, gap, plotHeight)}
              />
            ))}
            {columns.map((column, index) => (
              <AxisColumn
                key={column.key}
                column={column}
                x={index * gap}
                height={plotHeight}
                brush={brushes[column.key]}
                onBrush={(brush) => onBrush(withBrush(brushes, column.key, brush))}
              />
            ))}
          </g>
        </svg>
      )}
    </div>
  );
}

/** The brushes as text, each with a button to remove it. Also usable without a pointer. */
export function BrushList({ trials, axes, metric, brushes, onBrush }: ParallelCoordinatesProps): ReactNode {
  const columns = toColumns(trials, axes, metric);
  const inside = trials.filter((trial) => isInside(trial, columns, brushes)).length;
  const chosen = columns.flatMap((column) => {
    const brush = brushes[column.key];
    return brush === undefined ? [] : [{ column, brush }];
  });
  if (chosen.length === 0) return <p className="drawing-note muted">Drag along an axis to select trials.</p>;
  return (
    <p className="drawing-note brush-list">
      <span role="status">
        {inside} of {trials.length} trials:
      </span>
      {chosen.map(({ column, brush }) => (
        <button
          key={column.key}
          type="button"
          className="chip chip-accent"
          title="Remove this filter"
          onClick={() => onBrush(withBrush(brushes, column.key, undefined))}
        >
          <bdi>
            {column.title} {column.textAt(brush.from)} to {column.textAt(brush.to)} ×
          </bdi>
        </button>
      ))}
    </p>
  );
}

type AxisColumnProps = {
  readonly column: Column;
  readonly x: number;
  readonly height: number;
  readonly brush: Brush | undefined;
  readonly onBrush: (brush: Brush | undefined) => void;
};

function AxisColumn({ column, x, height, brush, onBrush }: AxisColumnProps): ReactNode {
  const [start, setStart] = useState<number | undefined>();
  const placeOf = (event: PointerEvent<SVGRectElement>): number => {
    const { top } = event.currentTarget.getBoundingClientRect();
    return Math.min(1, Math.max(0, 1 - (event.clientY - top) / height));
  };
  const drag = (event: PointerEvent<SVGRectElement>): void => {
    if (start === undefined) return;
    const place = placeOf(event);
    const isDrag = Math.abs(place - start) * height >= BRUSH_PX_MIN;
    onBrush(isDrag ? { from: Math.min(start, place), to: Math.max(start, place) } : undefined);
  };
  const [head, end] = cutInMiddle(column.title);
  return (
    <g transform={`translate(${x} 0)`} data-axis={column.title}>
      <text className="axis-title" y={-22} textAnchor="middle">
        <title>{column.title}</title>
        {head === "" ? end : `${head.slice(0, 5)}…${end}`}
      </text>
      <text className="drawing-label" y={-8} textAnchor="middle">
        {column.highText}
      </text>
      <line className="axis-line" y2={height} />
      <text className="drawing-label" y={height + 16} textAnchor="middle">
        {column.lowText}
      </text>
      {brush !== undefined && (
        <rect
          className="brush"
          x={-8}
          width={16}
          y={(1 - brush.to) * height}
          height={(brush.to - brush.from) * height}
        />
      )}
      <rect
        className="brush-area"
        x={-18}
        width={36}
        height={height}
        onPointerDown={(event) => {
          event.currentTarget.setPointerCapture(event.pointerId);
          setStart(placeOf(event));
        }}
        onPointerMove={drag}
        onPointerUp={(event) => {
          drag(event);
          setStart(undefined);
        }}
      />
    </g>
  );
}

function withBrush(brushes: Brushes, key: string, brush: Brush | undefined): Brushes {
  const { [key]: _before, ...others } = brushes;
  return brush === undefined ? others : { ...others, [key]: brush };
}

function isInside(trial: Trial, columns: readonly Column[], brushes: Brushes): boolean {
  return columns.every(({ key, placeOf }) => {
    const brush = brushes[key];
    if (brush === undefined) return true;
    const place = placeOf(trial);
    return place !== undefined && place >= brush.from && place <= brush.to;
  });
}

function toColumns(trials: readonly Trial[], axes: readonly ParamAxis[], metric: string): readonly Column[] {
  const values = trials.flatMap(({ value }) => value ?? []);
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const extent = { low, high, isLogarithmic: false };
  const objective: Column = {
    key: METRIC_COLUMN,
    title: shownText(metric),
    lowText: values.length === 0 ? "" : formatNumber(low),
    highText: values.length === 0 ? "" : formatNumber(high),
    placeOf: ({ value }) => (value === undefined ? undefined : placeBetween(value, extent)),
    textAt: (place) => formatNumber(valueAt(place, extent)),
  };
  return [...axes.map(toColumn), objective];
}

function toColumn(axis: ParamAxis): Column {
  const textAt = (place: number): string =>
    axis.kind === "number"
      ? formatNumber(valueAt(place, axis))
      : shownText(axis.categories[Math.round(place * (axis.categories.length - 1))] ?? "").slice(0, 14);
  return {
    key: axis.key,
    title: shownText(axis.key),
    lowText: textAt(0),
    highText: textAt(1),
    placeOf: (trial) => positionOf(axis, trial),
    textAt,
  };
}

type Line = {
  readonly trial: Trial;
  readonly places: readonly (number | undefined)[];
  readonly rank: "first" | "best" | "other";
};

/** Worse trials first, so that better ones are drawn on top. */
function toLines(trials: readonly Trial[], columns: readonly Column[], metric: string): readonly Line[] {
  const sign = metricDirection(metric) === "min" ? 1 : -1;
  const sorted = trials
    .filter(({ value }) => value !== undefined)
    .toSorted((a, b) => sign * ((b.value ?? 0) - (a.value ?? 0)));
  const bestFrom = sorted.length - Math.max(1, Math.round(sorted.length * BEST_SHARE));
  return sorted.map((trial, index) => ({
    trial,
    places: columns.map(({ placeOf }) => placeOf(trial)),
    rank: index === sorted.length - 1 ? "first" : index >= bestFrom ? "best" : "other",
  }));
}

/** Leaves a gap if a trial lacks a parameter, as in the other branch of a choice. */
function linePath(places: readonly (number | undefined)[], gap: number, height: number): string {
  return places
    .map((place, index) => {
      if (place === undefined) return "";
      return `${places[index - 1] === undefined ? "M" : "L"}${index * gap},${(1 - place) * height}`;
    })
    .join("");
}
