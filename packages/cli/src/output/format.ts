const UNITS = ["B", "KiB", "MiB", "GiB", "TiB"];

const STEP = 1024;

export type Table = { readonly headers: readonly string[]; readonly rows: readonly (readonly string[])[] };

/** Two spaces between columns, as in MLflow's tables. */
const GAP = "  ";

/** Formats a size for people: `12.3 MiB`. */
export function formatBytes(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= STEP && unit < UNITS.length - 1) {
    value /= STEP;
    unit += 1;
  }
  return `${unit === 0 ? value : value.toFixed(1)} ${UNITS[unit]}`;
}

/** Formats a plain-text table: headers, a rule, and one line per row. Columns are as wide as their widest cell. */
export function formatTable({ headers, rows }: Table): string {
  const lines = rows.map((row) => row.map(oneLine));
  const widths = headers.map((header, column) =>
    Math.max(header.length, ...lines.map((line) => line[column]?.length ?? 0)),
  );
  const format = (cells: readonly string[]): string =>
    cells
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join(GAP)
      .trimEnd();
  return [format(headers), widths.map((width) => "-".repeat(width)).join(GAP), ...lines.map(format)].join(
    "\n",
  );
}

/** Names may contain anything, including characters that break the table or control the terminal. */
function oneLine(cell: string): string {
  // oxlint-disable-next-line no-control-regex -- matching control characters is the purpose
  return cell.replaceAll(/[\u0000-\u001f\u007f-\u009f]/g, " ");
}

/** Formats UTC milliseconds as `2024-01-31 12:00:00 UTC`. */
export function formatTime(timeMs: number): string {
  return `${new Date(timeMs).toISOString().slice(0, 19).replace("T", " ")} UTC`;
}
