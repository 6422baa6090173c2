import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { bestValues } from "../best-values.ts";
import { summarizeColumns } from "../column-choice.ts";
import { parseRunColumn, type RunColumn, runColumnLabel } from "../run-columns.ts";
import type { RunRow } from "../run-row.ts";
import { RunCell } from "./run-cell.tsx";

const INFO_IDS = ["attributes.status", "attributes.start_time", "attributes.duration", "attributes.source"];

type CompareTableProps = { readonly rows: readonly RunRow[]; readonly differencesOnly: boolean };

/** A column for each run, a line for each value; lines that are the same in all runs can be left out. */
export function CompareTable({ rows, differencesOnly }: CompareTableProps): ReactNode {
  const best = bestValues(rows);
  return (
    <div className="table-frame">
      <table className="table compare-table">
        <caption className="visually-hidden">Compared runs</caption>
        <thead>
          <tr>
            <td />
            {rows.map(({ run: { info } }) => (
              <th key={info.runId} scope="col">
                <Link
                  to="/experiments/$experimentId/runs/$runId"
                  params={{ experimentId: info.experimentId, runId: info.runId }}
                >
                  {info.runName}
                </Link>
              </th>
            ))}
          </tr>
        </thead>
        {compareGroups(rows, differencesOnly).map(({ title, columns }) => (
          <tbody key={title}>
            <tr className="group-row">
              <th scope="rowgroup" colSpan={rows.length + 1}>
                {title}
              </th>
            </tr>
            {columns.length === 0 && (
              <tr>
                <td className="muted" colSpan={rows.length + 1}>
                  {differencesOnly ? "No differences." : "None."}
                </td>
              </tr>
            )}
            {columns.map((column) => (
              <tr key={column.id}>
                <th scope="row">{runColumnLabel(column)}</th>
                {rows.map((row) => (
                  <td key={row.run.info.runId}>
                    <RunCell row={row} column={column} best={best} />
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        ))}
      </table>
    </div>
  );
}

type CompareGroup = { readonly title: string; readonly columns: readonly RunColumn[] };

function compareGroups(rows: readonly RunRow[], differencesOnly: boolean): readonly CompareGroup[] {
  const summary = summarizeColumns(rows);
  const isShown = (id: string): boolean => !differencesOnly || differs(id, rows);
  const toGroup = (title: string, ids: readonly string[]): CompareGroup => ({
    title,
    columns: ids.map(parseRunColumn).filter((column) => column !== undefined),
  });
  return [
    toGroup("Run", INFO_IDS),
    ...(["metrics", "params", "tags"] as const).map((group) =>
      toGroup(
        { metrics: "Metrics", params: "Parameters", tags: "Tags" }[group],
        summary[group].map((key) => `${group}.${key}`).filter(isShown),
      ),
    ),
  ];
}

/** Side by side, a value that some runs lack is a difference too. */
function differs(id: string, rows: readonly RunRow[]): boolean {
  const column = parseRunColumn(id);
  if (column === undefined || column.group === "attributes") return true;
  const { group, key } = column;
  return new Set(rows.map((row) => row[group].get(key))).size > 1;
}
