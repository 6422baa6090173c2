import { useNavigate } from "@tanstack/react-router";
import { type ReactNode, useMemo, useState } from "react";
import { roundTicks } from "../../lib/export.ts";
import { formatDuration, formatNumber, formatPlural } from "../../lib/format.ts";
import { useNow, useWidth } from "../../lib/hooks.ts";
import { shownName } from "../../lib/names.ts";
import { metricDirection } from "../runs/column-summary.ts";
import { improvements, STATE_NAMES, type Trial } from "./trials.ts";

const HEIGHT_PX = 240;
const MARGIN = { top: 12, right: 16, bottom: 30, left: 62 };
/** Extreme outliers would squash all other trials into a line, so they are drawn at the edge. */
const SHOWN_QUANTILE = 0.95;

type BestSoFarChartProps = { readonly trials: readonly Trial[]; readonly metric: string };

/** Every trial's value in the order in which they started, with a line for the best so far. */
export function BestSoFarChart({ trials, metric }: BestSoFarChartProps): ReactNode {
  const [element, width] = useWidth<HTMLDivElement>();
  const [pointed, setPointed] = useState<Trial | undefined>();
  const steps = useMemo(() => improvements(trials, metric), [trials, metric]);
  const valued = useMemo(() => trials.filter(({ value }) => value !== undefined), [trials]);
  const extent = useMemo(() => shownExtent(valued, metric), [valued, metric]);
  const last = steps.at(-1);
  const label =
    last === undefined
      ? `No trial has a value of ${metric} yet`
      : `${valued.length} trials by ${metric}. Best so far ${formatNumber(last.value)}, since ${shownName(last.trial.name, last.trial.runId)}; improved ${steps.length} times`;
  const plotWidth = Math.max(1, width - MARGIN.left - MARGIN.right);
  const plotHeight = HEIGHT_PX - MARGIN.top - MARGIN.bottom;
  const xOf = (number: number): number => ((number - 1) / Math.max(1, trials.length - 1)) * plotWidth;
  const yOf = (value: number): number => {
    const place = extent.low === extent.high ? 0.5 : (value - extent.low) / (extent.high - extent.low);
    return plotHeight * (1 - Math.min(1, Math.max(0, place)));
  };
  return (
    <div ref={element} className="drawing">
      {width > 0 && (
        <svg width={width} height={HEIGHT_PX} role="img" aria-label={label}>
          <g transform={`translate(${MARGIN.left} ${MARGIN.top})`}>
            {roundTicks(extent.low, extent.high, 5).map((tick) => (
              <g key={tick} transform={`translate(0 ${yOf(tick)})`} className="drawing-tick">
                <line x2={plotWidth} />
                <text x={-8} dy="0.32em" textAnchor="end">
                  {formatNumber(tick)}
                </text>
              </g>
            ))}
            {roundTicks(1, trials.length, Math.max(2, plotWidth / 90))
              .filter(Number.isInteger)
              .map((tick) => (
                <text
                  key={tick}
                  className="drawing-label"
                  x={xOf(tick)}
                  y={plotHeight + 20}
                  textAnchor="middle"
                >
                  {tick}
                </text>
              ))}
            {steps.length > 0 && <path className="best-line" d={bestPath(steps, xOf, yOf, plotWidth)} />}
            {valued.map((trial) => (
              <TrialPoint
                key={trial.runId}
                trial={trial}
                x={xOf(trial.number)}
                y={yOf(trial.value ?? 0)}
                isBest={trial === last?.trial}
                onPoint={setPointed}
              />
            ))}
          </g>
        </svg>
      )}
      <p className="drawing-note muted">
        {pointed === undefined ? (
          <>
            The line is the best so far, the points are the trials in the order they started.
            {extent.cutCount > 0 &&
              ` ${formatPlural(extent.cutCount, "outlier")} ${extent.cutCount === 1 ? "is" : "are"} drawn at the edge.`}
          </>
        ) : (
          <bdi>
            {shownName(pointed.name, pointed.runId)}: {formatNumber(pointed.value ?? Number.NaN)}
          </bdi>
        )}
      </p>
    </div>
  );
}

type TrialPointProps = {
  readonly trial: Trial;
  readonly x: number;
  readonly y: number;
  readonly isBest: boolean;
  readonly onPoint: (trial: Trial | undefined) => void;
};

function TrialPoint({ trial, x, y, isBest, onPoint }: TrialPointProps): ReactNode {
  const navigate = useNavigate();
  const { runId, row, state } = trial;
  const open = (): void =>
    void navigate({
      to: "/experiments/$experimentId/runs/$runId",
      params: { experimentId: row.run.info.experimentId, runId },
    }); // The new screen shows its own errors.
  return (
    <circle
      className="trial-point"
      data-state={state}
      data-best={isBest || undefined}
      cx={x}
      cy={y}
      r={isBest ? 5 : 3.5}
      onClick={open}
      onPointerEnter={() => onPoint(trial)}
      onPointerLeave={() => onPoint(undefined)}
    />
  );
}

type Place = (value: number) => number;

function bestPath(steps: ReturnType<typeof improvements>, xOf: Place, yOf: Place, endX: number): string {
  const [first, ...rest] = steps;
  if (first === undefined) return "";
  const corners = rest.map(({ trial, value }) => `H${xOf(trial.number)}V${yOf(value)}`);
  return `M${xOf(first.trial.number)},${yOf(first.value)}${corners.join("")}H${endX}`;
}

type Extent = { readonly low: number; readonly high: number; readonly cutCount: number };

/** The range to draw: everything except the worst twentieth if it is far off. */
function shownExtent(trials: readonly Trial[], metric: string): Extent {
  const values = trials.flatMap(({ value }) => value ?? []).toSorted((a, b) => a - b);
  const [low = 0] = values;
  const high = values.at(-1) ?? 1;
  const isLower = metricDirection(metric) === "min";
  const at = (quantile: number): number => values[Math.round(quantile * (values.length - 1))] ?? low;
  const bound = isLower ? at(SHOWN_QUANTILE) : at(1 - SHOWN_QUANTILE);
  const isFar = isLower ? high - bound > bound - low : bound - low > high - bound;
  const shown = !isFar ? { low, high } : isLower ? { low, high: bound } : { low: bound, high };
  const margin = (shown.high - shown.low) * 0.04;
  return {
    low: shown.low - margin,
    high: shown.high + margin,
    cutCount: values.filter((value) => value < shown.low || value > shown.high).length,
  };
}

const LANE_PX = 18;
const BAR_PX = 13;
const LEFT_PX = 8;
/** Keeps very short trials visible. */
const BAR_WIDTH_PX_MIN = 2;

/** When each trial ran. Concurrent trials are stacked in as many lanes as ran at once. */
export function TrialTimeline({ trials }: { readonly trials: readonly Trial[] }): ReactNode {
  const [element, width] = useWidth<HTMLDivElement>();
  const navigate = useNavigate();
  const nowMs = useNow();
  const { bars, laneCount, startMs, endMs } = useMemo(() => toBars(trials, nowMs), [trials, nowMs]);
  const spanMs = Math.max(1, endMs - startMs);
  const scale = (width - 2 * LEFT_PX) / spanMs;
  const label = `${formatPlural(trials.length, "trial")} in ${formatDuration(spanMs)}, at most ${laneCount} at once`;
  return (
    <div ref={element} className="drawing">
      {width > 0 && (
        <svg width={width} height={laneCount * LANE_PX + 8} role="img" aria-label={label}>
          {bars.map(({ trial, lane, fromMs, toMs }) => (
            <rect
              key={trial.runId}
              className="trial-bar"
              data-state={trial.state}
              x={LEFT_PX + (fromMs - startMs) * scale}
              y={4 + lane * LANE_PX}
              width={Math.max(BAR_WIDTH_PX_MIN, (toMs - fromMs) * scale - 1)}
              height={BAR_PX}
              rx={2}
              onClick={() =>
                void navigate({
                  to: "/experiments/$experimentId/runs/$runId",
                  params: { experimentId: trial.row.run.info.experimentId, runId: trial.runId },
                })
              }
            >
              <title>{`${shownName(trial.name, trial.runId)}: ${STATE_NAMES[trial.state]}, ${formatDuration(toMs - fromMs)}`}</title>
            </rect>
          ))}
        </svg>
      )}
      <p className="drawing-note muted">{label}.</p>
    </div>
  );
}

type Bar = { readonly trial: Trial; readonly lane: number; readonly fromMs: number; readonly toMs: number };
type Bars = {
  readonly bars: readonly Bar[];
  readonly laneCount: number;
  readonly startMs: number;
  readonly endMs: number;
};

/** Each trial takes the first lane that is free when it starts. */
function toBars(trials: readonly Trial[], nowMs: number): Bars {
  const freeAt: number[] = [];
  const bars = trials.map((trial) => {
    const fromMs = trial.startMs;
    const toMs = Math.max(fromMs, trial.endMs ?? (trial.state === "running" ? nowMs : fromMs));
    const free = freeAt.findIndex((timeMs) => timeMs <= fromMs);
    const lane = free < 0 ? freeAt.length : free;
    freeAt[lane] = toMs;
    return { trial, lane, fromMs, toMs };
  });
  return {
    bars,
    laneCount: freeAt.length,
    startMs: trials[0]?.startMs ?? 0,
    endMs: freeAt.reduce((latest, timeMs) => Math.max(latest, timeMs), 0),
  };
}
