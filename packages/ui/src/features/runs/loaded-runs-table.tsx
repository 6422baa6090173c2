import { type ReactNode, useMemo } from "react";
import { bestValues, defaultColumnIds, summarizeColumns } from "./column-summary.ts";
import type { RunRow } from "./run-columns.ts";
import { flatRunNodes } from "./run-tree.ts";
import { RunsTable, type RunsTableProps, type RunSource } from "./runs-table.tsx";
import { useExpansion } from "./use-runs.ts";

type LoadedRunsTableProps = Pick<RunsTableProps, "caption" | "sort" | "onSort"> & {
  /** The runs to choose from, which determine the columns and the best values. */
  readonly rows: readonly RunRow[];
  /** The runs to show, in order. Default: all. */
  readonly shown?: readonly RunRow[];
  /** Changes the columns that are shown by default. Must be memoized. */
  readonly arrange?: (columnIds: readonly string[]) => readonly string[];
};

/** A table of runs that are all loaded, without nesting. */
export function LoadedRunsTable(props: LoadedRunsTableProps): ReactNode {
  const { rows, shown = rows, arrange, ...rest } = props;
  const source = useMemo(
    (): RunSource => ({ kind: "all", rows: new Map(rows.map((row) => [row.run.info.runId, row])) }),
    [rows],
  );
  const summary = useMemo(() => summarizeColumns(rows), [rows]);
  const columnIds = useMemo(() => {
    const ids = defaultColumnIds(summary);
    return arrange === undefined ? ids : arrange(ids);
  }, [summary, arrange]);
  const best = useMemo(() => bestValues(rows), [rows]);
  const nodes = useMemo(() => flatRunNodes(shown.map(({ run }) => run.info.runId)), [shown]);
  const expansion = useExpansion(nodes);
  return (
    <RunsTable
      {...rest}
      nodes={nodes}
      source={source}
      columnIds={columnIds}
      summary={summary}
      best={best}
      expansion={expansion}
    />
  );
}
