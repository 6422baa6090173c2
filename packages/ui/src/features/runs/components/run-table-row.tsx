import type { Row } from "@tanstack/react-table";
import type { ReactNode } from "react";
import type { RunColumn } from "../run-columns.ts";
import type { RunTableFeatures } from "../run-table-features.ts";
import type { RunNode } from "../run-tree.ts";
import { RunCell } from "./run-cell.tsx";
import { RunNameCell } from "./run-name-cell.tsx";

type RunTableRowProps = {
  readonly row: Row<RunTableFeatures, RunNode>;
  readonly position: number;
  readonly columns: readonly RunColumn[];
  readonly numeric: ReadonlySet<string>;
  readonly best: ReadonlyMap<string, number>;
  readonly selectable: boolean;
  readonly onToggle: (runId: string) => void;
};

/** A run in the table. */
export function RunTableRow({
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
