import { type ReactNode, useState } from "react";
import { Icon } from "../../components/icon.tsx";
import { mlflowClient } from "../../lib/mlflow-client.ts";
import { type CsvValue, fileName, saveFile, toCsv } from "../../lib/export.ts";
import { formatCount } from "../../lib/format.ts";
import { messageOf } from "../../lib/mlflow-text.ts";
import { parseRunColumn, type RunColumn, runColumnText, type RunRow, toRunRow } from "./run-columns.ts";
import { type RunsSearchOf, searchOf } from "./run-queries.ts";

/**
 * A file with this many runs and twenty columns is about 3 MB. While it is created, the runs pass through memory page
 * by page.
 */
const SAVED_RUNS_MAX = 20_000;
const PAGE_RUNS = 1000;

const ALWAYS = ["attributes.run_id", "attributes.run_name", "attributes.status"];

type SaveRunsProps = {
  /** The file's name. */
  readonly name: string;
  readonly columnIds: readonly string[];
  /** The runs to save, in order. */
  readonly rows: () => AsyncIterable<RunRow> | Iterable<RunRow>;
};

/** Saves runs as a CSV file: one line per run, with the table's columns. */
export function SaveRuns({ name, columnIds, rows }: SaveRunsProps): ReactNode {
  const [state, setState] = useState<{ readonly isSaving: boolean; readonly text: string }>(IDLE);
  const save = async (): Promise<void> => {
    setState({ isSaving: true, text: "" });
    try {
      const { csv, isCut } = await runsCsv(columnIds, rows());
      saveFile(fileName(name, "csv"), new Blob([csv], { type: "text/csv" }));
      setState({
        isSaving: false,
        text: isCut ? `The first ${formatCount(SAVED_RUNS_MAX)} runs are saved.` : "",
      });
    } catch (error) {
      setState({ isSaving: false, text: `Not saved: ${messageOf(error)}` });
    }
  };
  return (
    <span className="save-runs">
      <button
        type="button"
        className="button button-small"
        disabled={state.isSaving}
        onClick={() => void save()} // Never rejects.
      >
        <Icon name="download" size={14} /> {state.isSaving ? "Saving…" : "Save as CSV"}
      </button>
      <span className="muted" role="status">
        {state.text}
      </span>
    </span>
  );
}

const IDLE = { isSaving: false, text: "" };

/** All runs that a search finds, in its order. */
export async function* searchedRows(search: RunsSearchOf): AsyncGenerator<RunRow, void, undefined> {
  const found = mlflowClient.searchRunsAll({ ...searchOf(search), maxResults: PAGE_RUNS });
  for await (const run of found) yield toRunRow(run);
}

async function runsCsv(
  columnIds: readonly string[],
  rows: AsyncIterable<RunRow> | Iterable<RunRow>,
): Promise<{ readonly csv: string; readonly isCut: boolean }> {
  const columns = [...new Set([...ALWAYS, ...columnIds])]
    .map(parseRunColumn)
    .filter((column) => column !== undefined);
  const parts = [toCsv([columns.map(({ id, key, group }) => (group === "attributes" ? key : id))])];
  let count = 0;
  for await (const row of rows) {
    if (count === SAVED_RUNS_MAX) return { csv: parts.join(""), isCut: true };
    count += 1;
    parts.push(toCsv([columns.map((column) => csvValue(row, column))]));
  }
  return { csv: parts.join(""), isCut: false };
}

/** Formats a value for programs: numbers in full, times in ISO 8601, durations in seconds. */
function csvValue(row: RunRow, column: RunColumn): CsvValue {
  const { startTimeMs, endTimeMs } = row.run.info;
  if (column.group === "metrics") return row.metrics.get(column.key);
  if (column.id === "attributes.start_time")
    return startTimeMs === 0 ? "" : new Date(startTimeMs).toISOString();
  if (column.id === "attributes.duration") {
    return endTimeMs === undefined || endTimeMs === 0 ? undefined : (endTimeMs - startTimeMs) / 1000;
  }
  return runColumnText(row, column);
}
