/** A Markdown table with columns of one width, as the formatter leaves it. */
export function markdownTable(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = header.map((_, column) =>
    Math.max(3, ...[header, ...rows].map((row) => width(row[column] ?? ""))),
  );
  const line = (row: readonly string[]): string =>
    `| ${row.map((text, column) => text + " ".repeat((widths[column] ?? 0) - width(text))).join(" | ")} |`;
  return [line(header), `| ${widths.map((each) => "-".repeat(each)).join(" | ")} |`, ...rows.map(line)].join(
    "\n",
  );
}

function width(text: string): number {
  return Array.from(text).length;
}
