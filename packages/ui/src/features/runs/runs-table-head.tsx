import { memo, type NamedExoticComponent, type ReactNode } from "react";
import { Icon } from "../../components/icon.tsx";
import { MiddleText } from "../../components/text.tsx";
import { shownText } from "../../lib/names.ts";
import { type RunColumn, type RunColumnGroup, runColumnLabel, runColumnOrderBy } from "./run-columns.ts";

export type RunSort = { readonly columnId: string; readonly ascending: boolean };

type RunsTableHeadProps = {
  readonly columns: readonly RunColumn[];
  /** Ids of columns that contain only numbers. */
  readonly numeric: ReadonlySet<string>;
  readonly sort: RunSort;
  readonly onSort: (sort: RunSort) => void;
  /** The checkbox that selects every row; undefined if rows cannot be selected. */
  readonly selectAll: ReactNode;
};

const GROUP_LABELS: Readonly<Record<RunColumnGroup, string>> = {
  attributes: "",
  metrics: "Metrics",
  params: "Parameters",
  tags: "Tags",
};

/** Two header rows: the column groups, and the column names with their sort buttons. */
export const RunsTableHead: NamedExoticComponent<RunsTableHeadProps> = memo(function RunsTableHead(
  props: RunsTableHeadProps,
): ReactNode {
  const { columns, numeric, sort, onSort, selectAll } = props;
  return (
    <thead>
      <tr className="group-row">
        {selectAll !== undefined && <td className="cell-select" />}
        {groupSpans(columns).map(({ group, span, key }) =>
          group === "attributes" ? (
            <td key={key} colSpan={span} className={key === columns[0]?.id ? "cell-name" : undefined} />
          ) : (
            <th key={key} colSpan={span} scope="colgroup">
              {GROUP_LABELS[group]}
            </th>
          ),
        )}
      </tr>
      <tr>
        {selectAll !== undefined && <td className="cell-select">{selectAll}</td>}
        {columns.map((column, index) => (
          <ColumnHead
            key={column.id}
            column={column}
            isName={index === 0}
            isNumeric={numeric.has(column.id)}
            sort={sort}
            onSort={onSort}
          />
        ))}
      </tr>
    </thead>
  );
});

type ColumnHeadProps = {
  readonly column: RunColumn;
  readonly isName: boolean;
  readonly isNumeric: boolean;
  readonly sort: RunSort;
  readonly onSort: (sort: RunSort) => void;
};

function ColumnHead({ column, isName, isNumeric, sort, onSort }: ColumnHeadProps): ReactNode {
  const label = runColumnLabel(column);
  const isSorted = sort.columnId === column.id;
  const direction = sort.ascending ? "ascending" : "descending";
  const className = isName ? "cell-name" : isNumeric ? "number" : undefined;
  if (runColumnOrderBy(column) === undefined) {
    return (
      <th scope="col" className={className}>
        <MiddleText text={label} />
      </th>
    );
  }
  return (
    <th scope="col" className={className} aria-sort={isSorted ? direction : "none"}>
      <button
        type="button"
        className="sort-button"
        aria-label={shownText(label)}
        title={`Sort by ${shownText(label)}`}
        onClick={() => onSort(nextSort(column, sort))}
      >
        <MiddleText text={label} />
        {isSorted && <Icon name={sort.ascending ? "up" : "down"} size={12} />}
      </button>
    </th>
  );
}

/** A second click reverses the direction. Names and texts start at A, numbers and times with the highest. */
function nextSort(column: RunColumn, sort: RunSort): RunSort {
  if (sort.columnId === column.id) return { columnId: column.id, ascending: !sort.ascending };
  return { columnId: column.id, ascending: column.group === "attributes" && column.key !== "start_time" };
}

type GroupSpan = { readonly key: string; readonly group: RunColumnGroup; readonly span: number };

/** Merges adjacent columns of a group into one cell. The name column keeps its own, because it is sticky. */
function groupSpans(columns: readonly RunColumn[]): readonly GroupSpan[] {
  const spans: GroupSpan[] = [];
  for (const [index, { id, group }] of columns.entries()) {
    const last = spans.at(-1);
    if (index > 1 && last?.group === group) spans[spans.length - 1] = { ...last, span: last.span + 1 };
    else spans.push({ key: id, group, span: 1 });
  }
  return spans;
}
