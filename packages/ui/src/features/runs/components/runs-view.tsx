import { type ReactNode, useCallback, useMemo } from "react";
import { ErrorNotice } from "../../../components/error-notice.tsx";
import { SkeletonRows } from "../../../components/skeleton.tsx";
import { findErrorCode } from "../../../lib/error-text.ts";
import { summarizeColumns } from "../column-choice.ts";
import { useColumnChoice } from "../hooks/use-column-choice.ts";
import { useExpansion } from "../hooks/use-expansion.ts";
import { useRunSelection } from "../hooks/use-run-selection.ts";
import { useRunsAddress } from "../hooks/use-runs-address.ts";
import { useRuns } from "../hooks/use-runs.ts";
import { NoRuns } from "./no-runs.tsx";
import { RunActions } from "./run-actions.tsx";
import { RunsResult } from "./runs-result.tsx";
import { RunsToolbar } from "./runs-toolbar.tsx";

type RunsViewProps = { readonly experimentId: string; readonly experimentName: string };

/** The runs table with everything that steers it. */
export function RunsView({ experimentId, experimentName }: RunsViewProps): ReactNode {
  const address = useRunsAddress();
  const { search, change } = address;
  const runs = useRuns(experimentId, search);
  const { query, rows } = runs;
  const summary = useMemo(() => summarizeColumns(rows ?? []), [rows]);
  const expansion = useExpansion(runs.nodes);
  const selection = useRunSelection(rows);
  const onColumns = useCallback((cols: string | undefined) => change({ cols }), [change]);
  const choice = useColumnChoice({ experimentId, cols: search.cols, summary, onChange: onColumns });
  const filterError = search.filter === undefined ? undefined : refusalOf(query.error);
  return (
    <>
      <RunsToolbar
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
          onRetry={() => void query.refetch()} // The outcome arrives through the query.
        />
      )}
      {query.isPending && <SkeletonRows label="Loading the runs" count={14} />}
      {rows?.length === 0 && <NoRuns address={address} experimentName={experimentName} />}
      {rows !== undefined && rows.length > 0 && (
        <RunsResult
          caption={`Runs of ${experimentName}`}
          runs={runs}
          address={address}
          columnIds={choice.columnIds}
          summary={summary}
          expansion={expansion}
          selection={selection.selection}
        />
      )}
      <RunActions experimentId={experimentId} state={selection} isTrash={search.view === "DELETED_ONLY"} />
    </>
  );
}

/** The error of a request that the server read and would not carry out; undefined for any other and for none. */
function refusalOf(error: unknown): unknown {
  return findErrorCode(error) === "INVALID_PARAMETER_VALUE" ? error : undefined;
}
