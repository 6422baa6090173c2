import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { MiddleText } from "../../components/text.tsx";
import type { RunsSearch } from "../../lib/addresses.ts";
import { formatNumber } from "../../lib/format.ts";
import { shownName, shownText } from "../../lib/names.ts";
import { type ColumnSummary, metricDirection, mostTelling } from "./column-summary.ts";
import type { RunRow } from "./run-columns.ts";

/** As many parameters as fit on the line next to the answer. */
const PARAMS_SHOWN_MAX = 3;
const PREFIX = "metrics.";

/**
 * The metric by which to rank the runs: the user's choice, the sort column, or the most informative; undefined if there
 * is none.
 */
export function headlineMetric({ best, sort }: RunsSearch, summary: ColumnSummary): string | undefined {
  if (best !== undefined && summary.metrics.includes(best)) return best;
  const sorted = sort?.startsWith(PREFIX) === true ? sort.slice(PREFIX.length) : undefined;
  if (sorted !== undefined && summary.metrics.includes(sorted)) return sorted;
  return mostTelling("metrics", summary)[0]?.slice(PREFIX.length);
}

type RunsHeadlineProps = {
  readonly metric: string;
  readonly summary: ColumnSummary;
  /** The metric's best run and the runner-up. */
  readonly places: readonly RunRow[];
  readonly onMetric: (metric: string) => void;
};

/** Summarizes the table: which run is best, by which metric, and how far ahead of the next. */
export function RunsHeadline({ metric, summary, places, onMetric }: RunsHeadlineProps): ReactNode {
  const [first, second] = places;
  return (
    <section className="headline" aria-label="Best run">
      <label className="headline-metric">
        <span>Best by</span>
        <select className="select" value={metric} onChange={(event) => onMetric(event.target.value)}>
          {summary.metrics.map((key) => (
            <option key={key} value={key}>
              {shownText(key)}
            </option>
          ))}
        </select>
      </label>
      {first === undefined ? (
        <span className="muted">No run has a value yet.</span>
      ) : (
        <Answer metric={metric} summary={summary} first={first} second={second} />
      )}
    </section>
  );
}

type AnswerProps = {
  readonly metric: string;
  readonly summary: ColumnSummary;
  readonly first: RunRow;
  readonly second: RunRow | undefined;
};

function Answer({ metric, summary, first, second }: AnswerProps): ReactNode {
  const { runId, runName, experimentId } = first.run.info;
  const name = shownName(runName, runId);
  const value = first.metrics.get(metric) ?? Number.NaN;
  const params = mostTelling("params", summary)
    .map((id) => id.slice("params.".length))
    .filter((key) => first.params.has(key))
    .slice(0, PARAMS_SHOWN_MAX);
  return (
    <>
      <span className="headline-answer">
        <Link
          to="/experiments/$experimentId/runs/$runId"
          params={{ experimentId, runId }}
          className="row-link headline-run"
          aria-label={`Best run: ${name}`}
        >
          <MiddleText text={name} />
        </Link>
        <strong
          className="best"
          title={`${value}: the ${metricDirection(metric) === "min" ? "lowest" : "highest"}`}
        >
          {formatNumber(value)}
        </strong>
      </span>
      <span className="muted">{aheadText(metric, value, second)}</span>
      <span className="headline-params">
        {params.map((key) => (
          <span key={key} className="chip">
            <MiddleText text={`${key} ${first.params.get(key)?.slice(0, 40) ?? ""}`} />
          </span>
        ))}
      </span>
    </>
  );
}

function aheadText(metric: string, value: number, second: RunRow | undefined): string {
  const next = second?.metrics.get(metric);
  if (second === undefined || next === undefined) return "the only run with a value";
  const name = shownName(second.run.info.runName, second.run.info.runId);
  const gap = Math.abs(value - next);
  if (gap === 0 || Number.isNaN(gap)) return `tied with ${name}`;
  const share =
    Number.isFinite(gap) && next !== 0
      ? ` (${formatNumber(Number(((gap / Math.abs(next)) * 100).toPrecision(2)))} %)`
      : "";
  return `${formatNumber(Number(gap.toPrecision(3)))}${share} ahead of ${name}`;
}
