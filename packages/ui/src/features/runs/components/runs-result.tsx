import { type ReactNode, useCallback, useMemo } from "react";
import { LoadMore } from "../../../components/load-more.tsx";
import { bestValues } from "../best-values.ts";
import type { ColumnSummary } from "../column-choice.ts";
import type { Expansion } from "../hooks/use-expansion.ts";
import type { RunSelection } from "../hooks/use-run-selection.ts";
import type { RunsAddress } from "../hooks/use-runs-address.ts";
import type { Runs } from "../hooks/use-runs.ts";
import type { RunsSearch } from "../runs-search.ts";
import { RunsCount } from "./runs-count.tsx";
import { RunsTable } from "./runs-table.tsx";
import type { RunSort } from "./runs-table-head.tsx";

type RunsResultProps = {
  readonly caption: string;
  readonly runs: Runs;
  readonly address: RunsAddress;
  readonly columnIds: readonly string[];
  readonly summary: ColumnSummary;
  readonly expansion: Expansion;
  readonly selection: RunSelection;
};

/** The runs found, as a table, with the line that says how many of them these are. */
export function RunsResult(props: RunsResultProps): ReactNode {
  const { caption, runs, address, columnIds, summary, expansion, selection } = props;
  const { query, rows = [], nodes, isStale } = runs;
  const { search, change } = address;
  const best = useMemo(() => bestValues(rows), [rows]);
  const { hasNextPage, isFetchingNextPage, fetchNextPage } = query;
  const fetchMore = useCallback(() => {
    if (hasNextPage && !isFetchingNextPage) void fetchNextPage(); // The outcome arrives through the query.
  }, [hasNextPage, isFetchingNextPage, fetchNextPage]);
  return (
    <>
      <RunsTable
        caption={caption}
        nodes={nodes}
        columnIds={columnIds}
        summary={summary}
        best={best}
        isStale={isStale}
        resetKey={resetKeyOf(search)}
        expansion={expansion}
        sort={sortOf(search)}
        onSort={({ columnId, ascending }) => change({ sort: columnId, dir: ascending ? "asc" : undefined })}
        selection={selection}
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
  );
}

function sortOf({ sort, dir }: RunsSearch): RunSort {
  return { columnId: sort ?? "attributes.start_time", ascending: dir === "asc" };
}

/** Other columns leave the reader in place; other rows do not. */
function resetKeyOf({ filter, sort, dir, view, layout }: RunsSearch): string {
  return JSON.stringify([filter, sort, dir, view, layout]);
}
