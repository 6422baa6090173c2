/** A benchmark's result: one table, with notes on how to read it. */
export type BenchTable = {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly (string | number)[])[];
  readonly notes: readonly string[];
};

/** The exports of a file `bench/<name>/<name>.bench.ts`. */
export type Benchmark = {
  readonly title: string;
  measure(): Promise<BenchTable>;
};

/** Formats the table as Markdown, with padded columns so that it is also readable on a terminal. */
export function toMarkdown(table: BenchTable): string {
  const cells = [table.columns, ...table.rows].map((row) => row.map(shown));
  const widths = table.columns.map((_, column) => Math.max(...cells.map((row) => row[column]?.length ?? 0)));
  const line = (row: readonly string[]): string =>
    `| ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(" | ")} |`;
  const [head = [], ...body] = cells;
  const rule = `|${widths.map((width) => "-".repeat(width + 2)).join("|")}|`;
  return [line(head), rule, ...body.map(line), "", ...table.notes.map((note) => `- ${note}`)].join("\n");
}

function shown(cell: string | number): string {
  if (typeof cell === "string") return cell;
  if (Number.isInteger(cell)) return cell.toLocaleString("en-US");
  return Math.abs(cell) >= 100 ? Math.round(cell).toLocaleString("en-US") : cell.toPrecision(3);
}
