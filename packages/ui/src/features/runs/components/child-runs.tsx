import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { type ReactNode, useMemo, useState } from "react";
import { ErrorNotice } from "../../../components/error-notice.tsx";
import { Panel } from "../../../components/panel.tsx";
import { formatCount } from "../../../lib/format-number.ts";
import { quoteFilterKey, quoteFilterText } from "../../../lib/filter-text.ts";
import { SYSTEM_TAGS } from "@flightdeck/protocol";
import { childRunsQuery, CHILDREN_SHOWN_MAX } from "../api/run-queries.ts";
import { bestValues } from "../best-values.ts";
import { defaultColumnIds, summarizeColumns } from "../column-choice.ts";
import { useExpansion } from "../hooks/use-expansion.ts";
import { toRunRow } from "../run-row.ts";
import { flatRunNodes } from "../run-tree.ts";
import { RunsTable } from "./runs-table.tsx";
import type { RunSort } from "./runs-table-head.tsx";

const NEWEST_FIRST: RunSort = { columnId: "attributes.start_time", ascending: false };

type ChildRunsProps = { readonly experimentId: string; readonly runId: string };

/** The runs nested in a run, with what differs between them; nothing for a run that has none. */
export function ChildRuns({ experimentId, runId }: ChildRunsProps): ReactNode {
  const [sort, setSort] = useState(NEWEST_FIRST);
  const search = { sort: sort.columnId, ...(sort.ascending && { dir: "asc" as const }) };
  const query = useQuery({
    ...childRunsQuery(experimentId, runId, search),
    placeholderData: keepPreviousData,
  });
  const rows = useMemo(() => query.data?.items.map(toRunRow) ?? [], [query.data]);
  const nodes = useMemo(() => flatRunNodes(rows), [rows]);
  const summary = useMemo(() => summarizeColumns(rows), [rows]);
  const columnIds = useMemo(() => defaultColumnIds(summary), [summary]);
  const best = useMemo(() => bestValues(rows), [rows]);
  const expansion = useExpansion(nodes);
  if (query.isError) return <ErrorNotice error={query.error} what="Could not load the nested runs." />;
  if (rows.length === 0) return null;
  const filter = `${quoteFilterKey("tags", SYSTEM_TAGS.parentRunId)} = ${quoteFilterText(runId)}`;
  return (
    <Panel
      title="Nested runs"
      count={rows.length}
      actions={
        <Link
          to="/experiments/$experimentId"
          params={{ experimentId }}
          search={{ filter }}
          className="button button-small"
        >
          Filter and compare
        </Link>
      }
    >
      <RunsTable
        caption="Nested runs"
        nodes={nodes}
        columnIds={columnIds}
        summary={summary}
        best={best}
        expansion={expansion}
        sort={sort}
        onSort={setSort}
      />
      {query.data?.nextPageToken !== undefined && (
        <p className="muted panel-empty">
          These are the first {formatCount(CHILDREN_SHOWN_MAX)}. The experiment’s table shows all of them.
        </p>
      )}
    </Panel>
  );
}
