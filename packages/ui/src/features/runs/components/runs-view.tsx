import type { RowSelectionState } from "@tanstack/react-table";
import { getRouteApi } from "@tanstack/react-router";
import { type ReactNode, useCallback, useMemo, useState } from "react";
import { ErrorNotice } from "../../../components/error-notice.tsx";
import { LoadMore } from "../../../components/load-more.tsx";
import { SkeletonRows } from "../../../components/skeleton.tsx";
import { findErrorCode } from "../../../lib/error-text.ts";
import { definedOnly } from "../../../lib/search-values.ts";
import { bestValues } from "../best-values.ts";
import { summarizeColumns } from "../column-choice.ts";
import { useColumnChoice } from "../hooks/use-column-choice.ts";
import { useExpansion } from "../hooks/use-expansion.ts";
import { useRuns } from "../hooks/use-runs.ts";
import type { RunsSearch } from "../runs-search.ts";
import { NoRuns } from "./no-runs.tsx";
import { RunsCount } from "./runs-count.tsx";
import { RunsTable } from "./runs-table.tsx";
import type { RunSort } from "./runs-table-head.tsx";
import { RunsToolbar } from "./runs-toolbar.tsx";
import { SelectionBar } from "./selection-bar.tsx";
import { UndoNotice } from "./undo-notice.tsx";

const route = getRouteApi("/experiments/$experimentId");

type RunsViewProps = { readonly experimentId: string; readonly experimentName: string };

/** The runs table with everything that steers it; what it shows is in the address. */
export function RunsView({ experimentId, experimentName }: RunsViewProps): ReactNode {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const change = useCallback(
    (changes: { [TName in keyof RunsSearch]?: RunsSearch[TName] | undefined }) =>
      // Stays on this screen, whose queries show what fails.
      void navigate({ search: (before) => definedOnly({ ...before, ...changes }), replace: true }),
    [navigate],
  );
  const { query, rows, nodes, isStale } = useRuns(experimentId, search);
  const summary = useMemo(() => summarizeColumns(rows ?? []), [rows]);
  const best = useMemo(() => bestValues(rows ?? []), [rows]);
  const expansion = useExpansion(nodes);
  const choice = useColumnChoice({
    experimentId,
    cols: search.cols,
    summary,
    onChange: useCallback((cols: string | undefined) => change({ cols }), [change]),
  });
  const [selected, setSelected] = useState<RowSelectionState>({});
  const [deletedIds, setDeletedIds] = useState<readonly string[]>([]);
  const closeUndo = useCallback(() => setDeletedIds([]), []);
  const selectedIds = useMemo(() => Object.keys(selected).filter((id) => selected[id] === true), [selected]);

  const { filter, sort, dir, view, layout } = search;
  const resetKey = JSON.stringify([filter, sort, dir, view, layout]);
  const { hasNextPage, isFetchingNextPage, fetchNextPage } = query;
  const fetchMore = useCallback(() => {
    if (hasNextPage && !isFetchingNextPage) void fetchNextPage(); // The outcome arrives through the query.
  }, [hasNextPage, isFetchingNextPage, fetchNextPage]);
  const isRefused = query.isError && findErrorCode(query.error) === "INVALID_PARAMETER_VALUE";
  const isFilterRefused = isRefused && search.filter !== undefined;
  return (
    <>
      <RunsToolbar
        search={search}
        onChange={change}
        {...(isFilterRefused && { filterError: query.error })}
        expansion={expansion}
        summary={summary}
        choice={choice}
      />
      {query.isError && !isFilterRefused && (
        <ErrorNotice
          error={query.error}
          what="Could not load the runs."
          onRetry={() => void query.refetch()} // The outcome arrives through the query.
        />
      )}
      {query.isPending && <SkeletonRows label="Loading the runs" count={14} />}
      {rows?.length === 0 && (
        <NoRuns
          search={search}
          experimentName={experimentName}
          onClearFilter={() => change({ filter: undefined })}
        />
      )}
      {rows !== undefined && rows.length > 0 && (
        <>
          <RunsTable
            caption={`Runs of ${experimentName}`}
            nodes={nodes}
            columnIds={choice.columnIds}
            summary={summary}
            best={best}
            isStale={isStale}
            resetKey={resetKey}
            expansion={expansion}
            sort={shownSort(search)}
            onSort={({ columnId, ascending }) =>
              change({ sort: columnId, dir: ascending ? "asc" : undefined })
            }
            selection={{ selected, onSelect: setSelected }}
            onEndReached={fetchMore}
          />
          <div className="table-foot">
            <RunsCount
              fetchedCount={rows.length}
              hasMore={hasNextPage}
              nodes={nodes}
              expanded={expansion.expanded}
            />
            <LoadMore query={query} noun="runs" />
          </div>
        </>
      )}
      {selectedIds.length > 0 && (
        <SelectionBar
          experimentId={experimentId}
          runIds={selectedIds}
          isTrash={search.view === "DELETED_ONLY"}
          onDone={() => setSelected({})}
          onDeleted={setDeletedIds}
        />
      )}
      {deletedIds.length > 0 && <UndoNotice runIds={deletedIds} onClose={closeUndo} />}
    </>
  );
}

function shownSort({ sort, dir }: RunsSearch): RunSort {
  return { columnId: sort ?? "attributes.start_time", ascending: dir === "asc" };
}
