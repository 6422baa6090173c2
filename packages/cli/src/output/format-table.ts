export type Table = { readonly headers: readonly string[]; readonly rows: readonly (readonly string[])[] };

/** Two spaces between columns, as MLflow prints its tables. */
const GAP = "  ";

/** A table in plain text: headers, a rule, a line per row; columns as wide as their widest cell. */
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

/** A name may hold anything, also what would break the table or drive the terminal. */
function oneLine(cell: string): string {
  // oxlint-disable-next-line no-control-regex -- control characters are what is looked for
  return cell.replaceAll(/[\u0000-\u001f\u007f-\u009f]/g, " ");
}
