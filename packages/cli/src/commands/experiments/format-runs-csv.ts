import type { Run } from "@flightdeck/protocol";

const INFO_COLUMNS = ["run_id", "experiment_id", "status", "artifact_uri", "start_time", "end_time"] as const;

/**
 * Runs as CSV (RFC 4180, with a header), in the columns of MLflow's `search_runs`: the run's facts, then each metric,
 * param and tag of any run. Times are UTC.
 */
export function formatRunsCsv(runs: readonly Run[]): string {
  const records = runs.map(recordOf);
  const names = new Set(records.flatMap((record) => Object.keys(record)));
  const data = ["metrics.", "params.", "tags."].flatMap((prefix) =>
    [...names].filter((name) => name.startsWith(prefix)).sort(),
  );
  const columns = [...INFO_COLUMNS, ...data];
  const lines = records.map((record) => columns.map((column) => record[column] ?? ""));
  return [columns, ...lines].map((cells) => `${cells.map(quoteCell).join(",")}\n`).join("");
}

function recordOf({ info, data }: Run): Readonly<Record<string, string>> {
  const pairs = [
    ...data.metrics.map(({ key, value }) => [`metrics.${key}`, String(value)]),
    ...data.params.map(({ key, value }) => [`params.${key}`, value]),
    ...data.tags.map(({ key, value }) => [`tags.${key}`, value]),
  ];
  return {
    run_id: info.runId,
    experiment_id: info.experimentId,
    status: info.status,
    artifact_uri: info.artifactUri,
    start_time: new Date(info.startTimeMs).toISOString(),
    end_time: info.endTimeMs === undefined ? "" : new Date(info.endTimeMs).toISOString(),
    ...Object.fromEntries(pairs),
  };
}

function quoteCell(cell: string): string {
  return /[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell;
}
