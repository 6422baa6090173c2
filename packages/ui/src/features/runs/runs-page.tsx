import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { type ReactNode, useCallback, useMemo } from "react";
import { CodeSnippet, FullPath } from "../../components/copy.tsx";
import { PageHeader } from "../../components/layout.tsx";
import { EmptyState, ErrorNotice, SkeletonRows } from "../../components/query-view.tsx";
import type { RunsSearch } from "../../lib/addresses.ts";
import { formatCount, formatPlural } from "../../lib/format.ts";
import { serverUrl } from "../../lib/mlflow-client.ts";
import { findErrorCode } from "../../lib/mlflow-text.ts";
import { type ColumnSummary, summarizeColumns } from "./column-summary.ts";
import { experimentQuery } from "./experiment-queries.ts";
import { DidYouMean } from "./filter-box.tsx";
import { RunActions } from "./run-actions.tsx";
import { runKeysQuery } from "./run-queries.ts";
import type { RunNode } from "./run-tree.ts";
import { headlineMetric, RunsHeadline } from "./runs-headline.tsx";
import { SaveRuns, searchedRows } from "./save-runs.tsx";
import type { RunSort } from "./runs-table-head.tsx";
import { RunsTable } from "./runs-table.tsx";
import { RunsToolbar } from "./runs-toolbar.tsx";
import {
  type Expansion,
  type Runs,
  type RunsAddress,
  type RunSelection,
  useBestRuns,
  useColumnChoice,
  useExpansion,
  useRuns,
  useRunsAddress,
  useRunSelection,
} from "./use-runs.ts";

const route = getRouteApi("/experiments/$experimentId");

/** An experiment and its runs. */
export function RunsPage(): ReactNode {
  const { experimentId } = route.useParams();
  const experiment = useQuery(experimentQuery(experimentId));
  const { name = `Experiment ${experimentId}`, artifactLocation, lifecycleStage } = experiment.data ?? {};
  return (
    <div className="page page-fill">
      <PageHeader
        title={name}
        crumbs={[
          <Link key="experiments" to="/experiments">
            Experiments
          </Link>,
          `ID ${experimentId}`,
        ]}
        beside={lifecycleStage === "deleted" && <span className="chip">deleted</span>}
        actions={artifactLocation !== undefined && <FullPath label="Artifacts" uri={artifactLocation} />}
      />
      {experiment.isError ? (
        <ErrorNotice
          error={experiment.error}
          what="Could not load the experiment."
          onRetry={() => void experiment.refetch()} // The query reports the outcome.
        />
      ) : (
        <RunsView key={experimentId} experimentId={experimentId} experimentName={name} />
      )}
    </div>
  );
}

type RunsViewProps = { readonly experimentId: string; readonly experimentName: string };

/** The runs table with all its controls. */
function RunsView({ experimentId, experimentName }: RunsViewProps): ReactNode {
  const address = useRunsAddress();
  const { search, change } = address;
  const runs = useRuns(experimentId, search);
  const { query, outline, sample } = runs;
  const keys = useQuery({ ...runKeysQuery(experimentId), enabled: runs.hasMore }).data;
  const summary = useMemo(() => summarizeColumns(sample, keys), [sample, keys]);
  const expansion = useExpansion(runs.nodes);
  const selection = useRunSelection(outline?.runs);
  const onColumns = useCallback((cols: string | undefined) => change({ cols }), [change]);
  const choice = useColumnChoice({ experimentId, cols: search.cols, summary, onChange: onColumns });
  const filterError = search.filter === undefined ? undefined : refusalOf(query.error);
  return (
    <>
      <RunsToolbar
        experimentId={experimentId}
        address={address}
        filterError={filterError}
        expansion={expansion}
        summary={summary}
        choice={choice}
      />
      {query.isError && filterError === undefined && (
        <ErrorNotice
          error={query.error}
          what="Could not load the runs."
          onRetry={() => void query.refetch()} // The query reports the outcome.
        />
      )}
      {query.isPending && <SkeletonRows label="Loading the runs" count={14} />}
      {outline?.runs.length === 0 && !runs.isStale && !query.isError && (
        <NoRuns address={address} experimentId={experimentId} experimentName={experimentName} />
      )}
      {outline !== undefined && outline.runs.length > 0 && (
        <RunsResult
          experimentId={experimentId}
          caption={`Runs of ${experimentName}`}
          runs={runs}
          address={address}
          columnIds={choice.columnIds}
          summary={summary}
          expansion={expansion}
          selection={selection.selection}
        />
      )}
      <RunActions
        experimentId={experimentId}
        state={selection}
        nodes={runs.nodes}
        expansion={expansion}
        isTrash={search.view === "DELETED_ONLY"}
      />
    </>
  );
}

/** The error of a request that the server rejected as invalid; undefined for any other error and for none. */
function refusalOf(error: unknown): unknown {
  return findErrorCode(error) === "INVALID_PARAMETER_VALUE" ? error : undefined;
}

type NoRunsProps = {
  readonly address: RunsAddress;
  readonly experimentId: string;
  readonly experimentName: string;
};

/** Explains why there are no runs and what to do about it. */
function NoRuns({ address, experimentId, experimentName }: NoRunsProps): ReactNode {
  const { search, change } = address;
  if (search.filter !== undefined) {
    return (
      <EmptyState icon="search" title="No runs match the filter">
        <DidYouMean
          experimentId={experimentId}
          filter={search.filter}
          onApply={(filter) => change({ filter })}
        />
        <button type="button" className="button" onClick={() => change({ filter: undefined })}>
          Clear the filter
        </button>
      </EmptyState>
    );
  }
  if (search.view === "DELETED_ONLY")
    return <EmptyState icon="trash" title="No deleted runs in this experiment" />;
  return (
    <EmptyState icon="tree" title="No runs yet">
      <p>Log the first one from TypeScript or Python:</p>
      <CodeSnippet title="TypeScript" code={typescriptSnippet(experimentName)} />
      <CodeSnippet title="Python" code={pythonSnippet(experimentName)} />
    </EmptyState>
  );
}

function typescriptSnippet(experimentName: string): string {
  return `// MLFLOW_TRACKING_URI=${serverUrl}
import * as mlflow from "@flightdeck/client";

await mlflow.setExperiment(${JSON.stringify(experimentName)});
await mlflow.startRun({ runName: "first" }, async (run) => {
  run.logParams({ maxDepth: 8 });
  run.logMetric("accuracy", 0.9);
});`;
}

function pythonSnippet(experimentName: string): string {
  return `import mlflow

mlflow.set_tracking_uri(${JSON.stringify(serverUrl)})
mlflow.set_experiment(${JSON.stringify(experimentName)})
with mlflow.start_run(run_name="first"):
    mlflow.log_param("max_depth", 8)
    mlflow.log_metric("accuracy", 0.9)`;
}

type RunsResultProps = {
  readonly experimentId: string;
  readonly caption: string;
  readonly runs: Runs;
  readonly address: RunsAddress;
  readonly columnIds: readonly string[];
  readonly summary: ColumnSummary;
  readonly expansion: Expansion;
  readonly selection: RunSelection;
};

/** Each is a request if the server has more runs than the page. */
const BEST_METRICS_MAX = 12;

/** The matching runs as a table, with a line that counts them. */
function RunsResult(props: RunsResultProps): ReactNode {
  const { experimentId, caption, runs, address, columnIds, summary, expansion, selection } = props;
  const { nodes, isStale } = runs;
  const { search, change } = address;
  const metric = headlineMetric(search, summary);
  const keys = useMemo(() => shownMetrics(columnIds, metric), [columnIds, metric]);
  const best = useBestRuns({ experimentId, search, runs, keys });
  const source = useMemo(() => ({ kind: "window", experimentId }) as const, [experimentId]);
  return (
    <>
      {metric !== undefined && (
        <RunsHeadline
          metric={metric}
          summary={summary}
          places={best.rows.get(metric) ?? []}
          onMetric={(chosen) => change({ best: chosen })}
        />
      )}
      <RunsTable
        caption={caption}
        nodes={nodes}
        source={source}
        columnIds={columnIds}
        summary={summary}
        best={best.values}
        isStale={isStale}
        resetKey={resetKeyOf(search)}
        expansion={expansion}
        sort={sortOf(search)}
        onSort={({ columnId, ascending }) => change({ sort: columnId, dir: ascending ? "asc" : undefined })}
        selection={selection}
      />
      <div className="table-foot">
        <RunsCount runs={runs} expanded={expansion.expanded} />
        <SaveRuns
          name={caption}
          columnIds={columnIds}
          rows={() => searchedRows({ experimentId, ...search })}
        />
      </div>
    </>
  );
}

/** Metrics whose best value is marked: those of the visible columns and of the headline. */
function shownMetrics(columnIds: readonly string[], headline: string | undefined): readonly string[] {
  const prefix = "metrics.";
  const columns = columnIds.filter((id) => id.startsWith(prefix)).map((id) => id.slice(prefix.length));
  return [...new Set([...columns, ...(headline === undefined ? [] : [headline])])].slice(0, BEST_METRICS_MAX);
}

function sortOf({ sort, dir }: RunsSearch): RunSort {
  return { columnId: sort ?? "attributes.start_time", ascending: dir === "asc" };
}

/** Changing columns keeps the scroll position; changing rows resets it. */
function resetKeyOf({ filter, sort, dir, view, layout }: RunsSearch): string {
  return JSON.stringify([filter, sort, dir, view, layout]);
}

type RunsCountProps = { readonly runs: Runs; readonly expanded: Readonly<Record<string, boolean>> };

/** How many matching runs the table shows, and how many are collapsed. */
function RunsCount({ runs, expanded }: RunsCountProps): ReactNode {
  const { query, outline, nodes, isStale } = runs;
  const { runs: found = [], isCut = false } = outline ?? {};
  const shown = countShownMatches(nodes, expanded);
  const of = isCut ? `the first ${formatCount(found.length)} runs` : formatPlural(found.length, "run");
  const folded = found.length - shown;
  return (
    <span className="muted" role="status">
      {isStale && (query.isError ? "Results from before the filter changed. " : "Searching… ")}
      Showing {formatCount(shown)} of {of}
      {folded > 0 && ` · ${formatCount(folded)} nested in collapsed rows`}
      {isCut && ". More match; a filter narrows them down."}
    </span>
  );
}

function countShownMatches(nodes: readonly RunNode[], expanded: Readonly<Record<string, boolean>>): number {
  return nodes.reduce((sum, { runId, isMatch, children }) => {
    const below = expanded[runId] === true ? countShownMatches(children, expanded) : 0;
    return sum + (isMatch ? 1 : 0) + below;
  }, 0);
}
