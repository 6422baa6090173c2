import { type ColumnDef, type Row, type RowSelectionState, useTable } from "@tanstack/react-table";
import { useVirtualizer } from "@tanstack/react-virtual";
import { type Dispatch, type ReactNode, type SetStateAction, useEffect, useMemo, useRef } from "react";
import type { ColumnSummary } from "../column-choice.ts";
import type { Expansion } from "../hooks/use-expansion.ts";
import { parseRunColumn, type RunColumn, runColumnWidth } from "../run-columns.ts";
import { runTableFeatures, type RunTableFeatures } from "../run-table-features.ts";
import type { RunNode } from "../run-tree.ts";
import { RunCell } from "./run-cell.tsx";
import { RunNameCell } from "./run-name-cell.tsx";
import { type RunSort, RunsTableHead } from "./runs-table-head.tsx";

const ROW_HEIGHT_PX = 34; // --row-height.
const SELECT_WIDTH_PX = 38;
const OVERSCAN_ROWS = 12;
/** So many rows before the end the next page is fetched, so that scrolling does not wait. */
const END_MARGIN_ROWS = 40;

const NAME_COLUMN: RunColumn = { id: "attributes.run_name", group: "attributes", key: "run_name" };
const TABLE_COLUMNS: ColumnDef<RunTableFeatures, RunNode>[] = [{ id: NAME_COLUMN.id }];

export type RunSelection = {
  readonly selected: RowSelectionState;
  readonly onSelect: Dispatch<SetStateAction<RowSelectionState>>;
};

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
  const scroller = useRef<HTMLDivElement>(null);
  const columns = useMemo(() => toColumns(columnIds), [columnIds]);
  const table = useTable({
    features: runTableFeatures,
    columns: TABLE_COLUMNS,
    data: nodes,
    getRowId: (node) => node.row.run.info.runId,
    getSubRows: (node) => node.children,
    enableSubRowSelection: false,
    state: { expanded: expansion.expanded, rowSelection: selection?.selected ?? {} },
    ...(selection !== undefined && { onRowSelectionChange: selection.onSelect }),
  });
  const { rows } = table.getRowModel();
  const virtualizer = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_HEIGHT_PX,
    getItemKey: (index) => rows[index]?.id ?? index,
    overscan: OVERSCAN_ROWS,
  });
  const items = virtualizer.getVirtualItems();
  const lastIndex = items.at(-1)?.index ?? 0;
  // Only for a reader who scrolls: folded families are short, and would fetch page after page by themselves.
  const isScrolled = (virtualizer.scrollOffset ?? 0) > 0;
  useEffect(() => {
    if (isScrolled && lastIndex >= rows.length - END_MARGIN_ROWS) onEndReached?.();
  }, [isScrolled, lastIndex, rows.length, onEndReached]);
  useEffect(() => {
    if (scroller.current !== null) scroller.current.scrollTop = 0;
  }, [resetKey]);

  const selectWidth = selection === undefined ? 0 : SELECT_WIDTH_PX;
  const width = columns.reduce((sum, column) => sum + runColumnWidth(column), selectWidth);
  return (
    <div className="table-frame runs-frame" ref={scroller} data-stale={isStale === true || undefined}>
      <table className="table runs-table" style={{ minWidth: width }} aria-rowcount={rows.length + 2}>
        <caption className="visually-hidden">{caption}</caption>
        <colgroup>
          {selection !== undefined && <col style={{ width: SELECT_WIDTH_PX }} />}
          {columns.map((column) => (
            <col key={column.id} style={{ width: runColumnWidth(column) }} />
          ))}
        </colgroup>
        <RunsTableHead
          columns={columns}
          numeric={summary.numeric}
          sort={sort}
          onSort={onSort}
          {...(selection !== undefined && {
            selectAll: (
              <input
                type="checkbox"
                className="checkbox"
                aria-label="Select all runs"
                checked={table.getIsAllRowsSelected()}
                onChange={table.getToggleAllRowsSelectedHandler()}
              />
            ),
          })}
        />
        <tbody>
          <SpaceRow heightPx={items[0]?.start ?? 0} />
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
                selectable={selection !== undefined}
                onToggle={expansion.toggle}
              />
            );
          })}
          <SpaceRow heightPx={virtualizer.getTotalSize() - (items.at(-1)?.end ?? 0)} />
        </tbody>
      </table>
    </div>
  );
}

type RunTableRowProps = {
  readonly row: Row<RunTableFeatures, RunNode>;
  readonly position: number;
  readonly columns: readonly RunColumn[];
  readonly numeric: ReadonlySet<string>;
  readonly best: ReadonlyMap<string, number>;
  readonly selectable: boolean;
  readonly onToggle: (runId: string) => void;
};

function RunTableRow({
  row,
  position,
  columns,
  numeric,
  best,
  selectable,
  onToggle,
}: RunTableRowProps): ReactNode {
  const { row: runRow, isMatch } = row.original;
  const { runName, lifecycleStage } = runRow.run.info;
  return (
    <tr
      aria-rowindex={position + 3} // After two header rows, counting from one.
      data-selected={row.getIsSelected() || undefined}
      data-context={!isMatch || undefined}
      data-deleted={lifecycleStage === "deleted" || undefined}
    >
      {selectable && (
        <td className="cell-select">
          <input
            type="checkbox"
            className="checkbox"
            aria-label={`Select ${runName}`}
            checked={row.getIsSelected()}
            onChange={row.getToggleSelectedHandler()}
          />
        </td>
      )}
      {columns.map((column, index) =>
        index === 0 ? (
          <th key={column.id} scope="row" className="cell-name">
            <RunNameCell row={row} onToggle={onToggle} />
          </th>
        ) : (
          <td key={column.id} className={numeric.has(column.id) ? "number" : undefined}>
            <RunCell row={runRow} column={column} best={best} />
          </td>
        ),
      )}
    </tr>
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

function toColumns(columnIds: readonly string[]): readonly RunColumn[] {
  const chosen = columnIds.map(parseRunColumn).filter((column) => column !== undefined);
  return [NAME_COLUMN, ...chosen.filter(({ id }) => id !== NAME_COLUMN.id)];
}
