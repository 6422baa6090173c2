import type { Run } from "@flightdeck/protocol";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { type ReactNode, useMemo, useState } from "react";
import { type Fact, Facts, Panel } from "../../components/layout.tsx";
import { QueryView } from "../../components/query-view.tsx";
import { formatCount, formatPlural } from "../../lib/format.ts";
import { shownName, shownText } from "../../lib/names.ts";
import { bestRows, metricDirection, mostTelling, summarizeColumns } from "../runs/column-summary.ts";
import { type RunRow, toRunRow } from "../runs/run-columns.ts";
import { CHILDREN_SHOWN_MAX, childRunsQuery } from "../runs/run-queries.ts";
import { RunsHeadline } from "../runs/runs-headline.tsx";
import { brushedTrials, type Brushes, BrushList, ParallelCoordinates } from "./parallel-coordinates.tsx";
import { IMPORTANCE_TRIALS_MIN, importances, paramAxes } from "./param-axes.ts";
import { BestSoFarChart, TrialTimeline } from "./search-charts.tsx";
import { FailedTrials, SpaceTable, TrialsTable } from "./search-tables.tsx";
import { improvements, readPlan, searchMetrics, STATE_NAMES, toTrials, type Trial } from "./trials.ts";

/** More axes are too narrow to read; the most important ones are drawn. */
const AXES_SHOWN_MAX = 12;
/** What `fmin` minimizes. */
const LOSS = "loss";

/** A search, shown on its parent run: the best trial, the progress and which parameters mattered. */
export function SearchView({ run }: { readonly run: Run }): ReactNode {
  const { experimentId, runId } = run.info;
  const query = useQuery({
    ...childRunsQuery(experimentId, runId, { sort: "attributes.start_time", dir: "asc" }),
    placeholderData: keepPreviousData,
  });
  return (
    <QueryView query={query} what="the trials">
      {({ items, nextPageToken }) => (
        <SearchOfRows run={run} rows={items.map(toRunRow)} isCut={nextPageToken !== undefined} />
      )}
    </QueryView>
  );
}

type SearchOfRowsProps = { readonly run: Run; readonly rows: readonly RunRow[]; readonly isCut: boolean };

function SearchOfRows({ run, rows, isCut }: SearchOfRowsProps): ReactNode {
  const [chosen, setChosen] = useState<string | undefined>();
  const [brushes, setBrushes] = useState<Brushes>({});
  const summary = useMemo(() => summarizeColumns(rows), [rows]);
  const metric = chosen ?? objectiveOf(rows, mostTelling("metrics", summary));
  const trials = useMemo(() => toTrials(rows, metric ?? ""), [rows, metric]);
  const axes = useMemo(() => paramAxes(trials), [trials]);
  const shares = useMemo(() => importances(trials, axes, metric ?? ""), [trials, axes, metric]);
  const shownAxes = useMemo(() => {
    const order = new Map(shares.map(({ key }, index) => [key, index]));
    return axes
      .toSorted((a, b) => (order.get(a.key) ?? 0) - (order.get(b.key) ?? 0))
      .slice(0, AXES_SHOWN_MAX);
  }, [axes, shares]);
  const picked = useMemo(
    () => brushedTrials(trials, shownAxes, metric ?? "", brushes),
    [trials, shownAxes, metric, brushes],
  );
  if (metric === undefined) return <p className="muted">The nested runs do not share a metric yet.</p>;
  const drawing = { trials, axes: shownAxes, metric, brushes, onBrush: setBrushes };
  return (
    <div className="stack">
      <RunsHeadline
        metric={metric}
        summary={summary}
        places={bestRows(rows, metric, 2)}
        onMetric={setChosen}
      />
      <Facts facts={searchFacts(run, trials, metric)} />
      {isCut && (
        <p className="muted">These are the first {formatCount(CHILDREN_SHOWN_MAX)} trials of the search.</p>
      )}
      <div className="columns search-columns">
        <Panel title="Best so far">
          <BestSoFarChart trials={trials} metric={metric} />
        </Panel>
        <Panel title="Parameter importance">
          <ImportanceBars shares={shares} />
        </Panel>
      </div>
      {shownAxes.length > 0 && (
        <Panel title="Parameters and result">
          <ParallelCoordinates {...drawing} />
          <BrushList {...drawing} />
        </Panel>
      )}
      <TrialsTable trials={picked} allRows={rows} metric={metric} />
      <Panel title="Timeline">
        <TrialTimeline trials={trials} />
      </Panel>
      <FailedTrials trials={trials} />
      <SpaceTable run={run} />
    </div>
  );
}

/**
 * The search's objective: the loss that `fmin` minimizes, or else the most informative metric that the trials share.
 */
function objectiveOf(rows: readonly RunRow[], telling: readonly string[]): string | undefined {
  const shared = searchMetrics(rows);
  if (shared.includes(LOSS)) return LOSS;
  return telling.map((id) => id.slice("metrics.".length)).find((key) => shared.includes(key)) ?? shared[0];
}

function searchFacts(run: Run, trials: readonly Trial[], metric: string): readonly Fact[] {
  const { algorithm, seed } = readPlan(new Map(run.data.params.map(({ key, value }) => [key, value])));
  const steps = improvements(trials, metric);
  const last = steps.at(-1);
  const counts = Object.entries(STATE_NAMES)
    .map(([state, name]) => [trials.filter((trial) => trial.state === state).length, name] as const)
    .filter(([count]) => count > 0);
  return [
    { name: "Trials", value: counts.map(([count, name]) => `${formatCount(count)} ${name}`).join(", ") },
    {
      name: "Improved",
      value:
        last === undefined
          ? "not yet"
          : `${formatPlural(steps.length, "time")}, last by ${shownName(last.trial.name, last.trial.runId)}`,
    },
    {
      name: "Goal",
      value: `the ${metricDirection(metric) === "min" ? "lowest" : "highest"} ${shownText(metric)}`,
    },
    ...(algorithm === undefined ? [] : [{ name: "Algorithm", value: shownText(algorithm) }]),
    ...(seed === undefined ? [] : [{ name: "Seed", value: shownText(seed) }]),
  ];
}

function ImportanceBars({ shares }: { readonly shares: ReturnType<typeof importances> }): ReactNode {
  if (shares.length === 0) {
    return (
      <p className="muted panel-empty">
        Available once {IMPORTANCE_TRIALS_MIN} trials with different parameters have finished.
      </p>
    );
  }
  return (
    <div className="panel-body">
      <ul className="importance">
        {shares.slice(0, AXES_SHOWN_MAX).map(({ key, share }) => (
          <li key={key}>
            <bdi className="importance-name" title={shownText(key)}>
              {shownText(key)}
            </bdi>
            <span className="importance-track" aria-hidden="true">
              <span className="importance-bar" style={{ width: `${(share * 100).toFixed(1)}%` }} />
            </span>
            <span className="number">{Math.round(share * 100)} %</span>
          </li>
        ))}
      </ul>
      <p className="drawing-note muted">
        How much the best tenth of the trials differs from all of them in each parameter (PED-ANOVA, Watanabe
        et al., IJCAI 2023). Interactions between parameters are not included.
      </p>
    </div>
  );
}
