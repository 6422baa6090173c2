import { type ColumnDef, type ReactTable, useTable } from "@tanstack/react-table";
import { type ReactNode, useMemo } from "react";
import type { ColumnSummary } from "../column-choice.ts";
import type { Expansion } from "../hooks/use-expansion.ts";
import type { RunSelection } from "../hooks/use-run-selection.ts";
import { useVirtualRows } from "../hooks/use-virtual-rows.ts";
import { parseRunColumn, type RunColumn, runColumnWidth } from "../run-columns.ts";
import { runTableFeatures, type RunTableFeatures } from "../run-table-features.ts";
import type { RunNode } from "../run-tree.ts";
import { RunTableRow } from "./run-table-row.tsx";
import { type RunSort, RunsTableHead } from "./runs-table-head.tsx";

const SELECT_WIDTH_PX = 38;

const NAME_COLUMN: RunColumn = { id: "attributes.run_name", group: "attributes", key: "run_name" };
const TABLE_COLUMNS: ColumnDef<RunTableFeatures, RunNode>[] = [{ id: NAME_COLUMN.id }];

type RunsTableProps = {
  readonly caption: string;
  readonly nodes: readonly RunNode[];
  readonly columnIds: readonly string[];
  readonly summary: ColumnSummary;
  readonly best: ReadonlyMap<string, number>;
  readonly expansion: Expansion;
  readonly sort: RunSort;
  readonly onSort: (sort: RunSort) => void;
  readonly selection?: RunSelection;
  /** The reader comes near the last row. */
  readonly onEndReached?: () => void;
  /** A change of this begins at the first row again. */
  readonly resetKey?: string;
  /** The rows answer an earlier question than the one asked. */
  readonly isStale?: boolean;
};

/** Runs as a table with nested runs below their parents; only the rows in sight are in the document. */
export function RunsTable(props: RunsTableProps): ReactNode {
  const { caption, nodes, columnIds, summary, best, expansion, sort, onSort } = props;
  const { selection, onEndReached, resetKey, isStale } = props;
  const isSelectable = selection !== undefined;
  const columns = useMemo(() => toColumns(columnIds), [columnIds]);
  const table = useTable({
    features: runTableFeatures,
    columns: TABLE_COLUMNS,
    data: nodes,
    getRowId: (node) => node.row.run.info.runId,
    getSubRows: (node) => node.children,
    enableSubRowSelection: false,
    state: { expanded: expansion.expanded, rowSelection: selection?.selected ?? {} },
    ...(isSelectable && { onRowSelectionChange: selection.onSelect }),
  });
  const { rows } = table.getRowModel();
  const { scroller, items, spaceBeforePx, spaceAfterPx } = useVirtualRows({
    count: rows.length,
    keyOf: (index) => rows[index]?.id ?? index,
    onEndReached,
    resetKey,
  });
  return (
    <div className="table-frame runs-frame" ref={scroller} data-stale={isStale === true || undefined}>
      <table
        className="table runs-table"
        style={{ minWidth: tableWidth(columns, isSelectable) }}
        aria-rowcount={rows.length + 2}
      >
        <caption className="visually-hidden">{caption}</caption>
        <colgroup>
          {isSelectable && <col style={{ width: SELECT_WIDTH_PX }} />}
          {columns.map((column) => (
            <col key={column.id} style={{ width: runColumnWidth(column) }} />
          ))}
        </colgroup>
        <RunsTableHead
          columns={columns}
          numeric={summary.numeric}
          sort={sort}
          onSort={onSort}
          {...(isSelectable && { selectAll: <SelectAllBox table={table} /> })}
        />
        <tbody>
          <SpaceRow heightPx={spaceBeforePx} />
          {items.map(({ index }) => {
            const row = rows[index];
            return row === undefined ? null : (
              <RunTableRow
                key={row.id}
                row={row}
                position={index}
                columns={columns}
                numeric={summary.numeric}
                best={best}
                selectable={isSelectable}
                onToggle={expansion.toggle}
              />
            );
          })}
          <SpaceRow heightPx={spaceAfterPx} />
        </tbody>
      </table>
    </div>
  );
}

function SelectAllBox({ table }: { readonly table: ReactTable<RunTableFeatures, RunNode> }): ReactNode {
  return (
    <input
      type="checkbox"
      className="checkbox"
      aria-label="Select all runs"
      checked={table.getIsAllRowsSelected()}
      onChange={table.getToggleAllRowsSelectedHandler()}
    />
  );
}

/** Stands for the rows above or below the window. */
function SpaceRow({ heightPx }: { readonly heightPx: number }): ReactNode {
  if (heightPx <= 0) return null;
  return (
    <tr aria-hidden="true" className="space-row">
      <td style={{ height: heightPx }} />
    </tr>
  );
}

function tableWidth(columns: readonly RunColumn[], isSelectable: boolean): number {
  return columns.reduce((sum, column) => sum + runColumnWidth(column), isSelectable ? SELECT_WIDTH_PX : 0);
}

function toColumns(columnIds: readonly string[]): readonly RunColumn[] {
  const chosen = columnIds.map(parseRunColumn).filter((column) => column !== undefined);
  return [NAME_COLUMN, ...chosen.filter(({ id }) => id !== NAME_COLUMN.id)];
}
