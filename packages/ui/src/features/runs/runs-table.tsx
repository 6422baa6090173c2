import { useVirtualizer, type VirtualItem } from "@tanstack/react-virtual";
import { memo, type ReactNode, type RefObject, useEffect, useMemo, useRef } from "react";
import { formatPlural } from "../../lib/format.ts";
import { shownName } from "../../lib/names.ts";
import { rememberedOffset, useScrollMemory } from "../../lib/scroll-memory.ts";
import type { ColumnSummary } from "./column-summary.ts";
import { RunCell, RunNameCell } from "./run-cell.tsx";
import { parseRunColumn, type RunColumn, type RunRow, runColumnWidth } from "./run-columns.ts";
import { useWindowRows } from "./run-loader.ts";
import { type OpenRow, openRows, type RunNode } from "./run-tree.ts";
import { type RunSort, RunsTableHead } from "./runs-table-head.tsx";
import type { Expansion, RunSelection } from "./use-runs.ts";

const SELECT_WIDTH_PX = 38;
const HEAD_ROWS = 2;

const NAME_COLUMN: RunColumn = { id: "attributes.run_name", group: "attributes", key: "run_name" };

/** Where the rows get their runs: all are loaded, or each is requested as it scrolls into view. */
export type RunSource =
  | { readonly kind: "all"; readonly rows: ReadonlyMap<string, RunRow> }
  | { readonly kind: "window"; readonly experimentId: string };

export type RunsTableProps = {
  readonly caption: string;
  readonly nodes: readonly RunNode[];
  readonly source: RunSource;
  readonly columnIds: readonly string[];
  readonly summary: ColumnSummary;
  readonly best: ReadonlyMap<string, number>;
  readonly expansion: Expansion;
  readonly sort: RunSort;
  readonly onSort: (sort: RunSort) => void;
  readonly selection?: RunSelection;
  /** When this changes, scrolls back to the first row. */
  readonly resetKey?: string;
  /** The rows belong to an earlier query. */
  readonly isStale?: boolean;
};

/** A table of runs with nested runs below their parents. Virtualized: only visible rows are in the document. */
export function RunsTable(props: RunsTableProps): ReactNode {
  const { caption, nodes, source, columnIds, summary, best, expansion, sort, onSort } = props;
  const { selection, resetKey, isStale } = props;
  const isSelectable = selection !== undefined;
  const columns = useMemo(() => toColumns(columnIds, sort.columnId), [columnIds, sort.columnId]);
  const rows = useMemo(() => openRows(nodes, expansion.expanded), [nodes, expansion.expanded]);
  const { scroller, items, spaceBeforePx, spaceAfterPx } = useVirtualRows({
    count: rows.length,
    keyOf: (index) => rows[index]?.node.runId ?? index,
    resetKey,
  });
  const selectAll = useMemo(
    () => selection && <SelectAllBox rows={rows} selection={selection} />,
    [rows, selection],
  );
  const inView = items.flatMap(({ index }) => rows[index] ?? []);
  const runs = useRunsInView(
    source,
    inView.map(({ node }) => node.runId),
  );
  return (
    <div className="table-frame runs-frame" ref={scroller} data-stale={isStale === true || undefined}>
      <table
        className="table runs-table"
        style={{ minWidth: tableWidth(columns, isSelectable) }}
        aria-rowcount={rows.length + HEAD_ROWS}
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
          selectAll={selectAll}
        />
        <tbody>
          <SpaceRow heightPx={spaceBeforePx} />
          {inView.map((open, offset) => (
            <RunTableRow
              key={open.node.runId}
              open={open}
              row={runs.get(open.node.runId)}
              position={(items[0]?.index ?? 0) + offset}
              columns={columns}
              numeric={summary.numeric}
              best={best}
              isOpen={expansion.expanded[open.node.runId] === true}
              onToggle={expansion.toggle}
              isSelected={selection?.selected[open.node.runId] === true}
              onSelect={selection?.onSelect}
            />
          ))}
          <SpaceRow heightPx={spaceAfterPx} />
        </tbody>
      </table>
    </div>
  );
}

const NO_IDS: readonly string[] = [];

function useRunsInView(source: RunSource, runIds: readonly string[]): ReadonlyMap<string, RunRow> {
  const isWindow = source.kind === "window";
  const loaded = useWindowRows(isWindow ? source.experimentId : "", isWindow ? runIds : NO_IDS);
  return isWindow ? loaded : source.rows;
}

type SelectAllBoxProps = { readonly rows: readonly OpenRow[]; readonly selection: RunSelection };

/** Selects all rows except those inside collapsed ones. */
function SelectAllBox({ rows, selection }: SelectAllBoxProps): ReactNode {
  const isAll = rows.every(({ node }) => selection.selected[node.runId] === true);
  const toggle = (): void =>
    selection.onSelect(isAll ? {} : Object.fromEntries(rows.map(({ node }) => [node.runId, true])));
  return (
    <input
      type="checkbox"
      className="checkbox"
      aria-label={isAll ? "Deselect all runs" : `Select all ${formatPlural(rows.length, "run")} shown`}
      checked={isAll}
      onChange={toggle}
    />
  );
}

/** Takes up the space of the rows above or below the visible ones. */
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

/**
 * The name column, then the requested ones. Adds the sort column, or nobody could see why the rows are in this order.
 */
function toColumns(columnIds: readonly string[], sortedId: string): readonly RunColumn[] {
  const ids = columnIds.includes(sortedId) ? columnIds : [sortedId, ...columnIds];
  const chosen = ids.map(parseRunColumn).filter((column) => column !== undefined);
  return [NAME_COLUMN, ...chosen.filter(({ id }) => id !== NAME_COLUMN.id)];
}

type RunTableRowProps = {
  readonly open: OpenRow;
  /** Undefined until loaded. */
  readonly row: RunRow | undefined;
  readonly position: number;
  readonly columns: readonly RunColumn[];
  readonly numeric: ReadonlySet<string>;
  readonly best: ReadonlyMap<string, number>;
  readonly isOpen: boolean;
  readonly onToggle: (runId: string) => void;
  readonly isSelected: boolean;
  /** Absent if rows cannot be selected. */
  readonly onSelect: RunSelection["onSelect"] | undefined;
};

/** A table row. Memoized, so that scrolling renders only new rows. */
const RunTableRow = memo(function RunTableRow(props: RunTableRowProps): ReactNode {
  const { open, row, position, columns, numeric, best, isOpen, onToggle, isSelected, onSelect } = props;
  const { runId, isMatch } = open.node;
  return (
    <tr
      aria-rowindex={position + HEAD_ROWS + 1} // Counts from one.
      data-selected={isSelected || undefined}
      data-context={!isMatch || undefined}
      data-deleted={row?.run.info.lifecycleStage === "deleted" || undefined}
      aria-busy={row === undefined || undefined}
    >
      {onSelect !== undefined && (
        <td className="cell-select">
          <input
            type="checkbox"
            className="checkbox"
            aria-label={`Select ${shownName(row?.run.info.runName ?? "", runId)}`}
            checked={isSelected}
            onChange={() => onSelect((before) => ({ ...before, [runId]: !isSelected }))}
          />
        </td>
      )}
      {columns.map((column, index) =>
        index === 0 ? (
          <th key={column.id} scope="row" className="cell-name">
            {row === undefined ? (
              <span className="skeleton" data-width="short" />
            ) : (
              <RunNameCell open={open} row={row} isOpen={isOpen} onToggle={onToggle} />
            )}
          </th>
        ) : (
          <td key={column.id} className={numeric.has(column.id) ? "number" : undefined}>
            {row !== undefined && <RunCell row={row} column={column} best={best} />}
          </td>
        ),
      )}
    </tr>
  );
});

/** The table's key in the scroll memory. */
const SCROLLER = "runs";
const ROW_HEIGHT_PX = 34; // `--row-height` in the style sheet.
const OVERSCAN_ROWS = 12;

type VirtualRowsInput = {
  readonly count: number;
  readonly keyOf: (index: number) => string | number;
  /** When this changes, scrolls back to the first row. */
  readonly resetKey: string | undefined;
};

export type VirtualRows = {
  readonly scroller: RefObject<HTMLDivElement | null>;
  /** The rows to render. */
  readonly items: readonly VirtualItem[];
  /** The height of the omitted rows above and below them. */
  readonly spaceBeforePx: number;
  readonly spaceAfterPx: number;
};

/** Which of many rows of equal height are visible. */
function useVirtualRows({ count, keyOf, resetKey }: VirtualRowsInput): VirtualRows {
  const scroller = useRef<HTMLDivElement>(null);
  const virtualizer = useVirtualizer({
    count,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_HEIGHT_PX,
    getItemKey: keyOf,
    overscan: OVERSCAN_ROWS,
    initialOffset: () => rememberedOffset(SCROLLER),
  });
  useScrollMemory(scroller, SCROLLER);
  const items = virtualizer.getVirtualItems();
  const shownKey = useRef<string | undefined>(undefined);
  useEffect(() => {
    const isFirst = shownKey.current === undefined;
    shownKey.current = resetKey ?? "";
    if (scroller.current !== null) scroller.current.scrollTop = isFirst ? rememberedOffset(SCROLLER) : 0;
  }, [resetKey]);
  return {
    scroller,
    items,
    spaceBeforePx: items[0]?.start ?? 0,
    spaceAfterPx: virtualizer.getTotalSize() - (items.at(-1)?.end ?? 0),
  };
}
