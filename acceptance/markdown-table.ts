/** A Markdown table without padding: one long cell would push all others out of sight. */
export function markdownTable(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (row: readonly string[]): string => `| ${row.join(" | ")} |`;
  return [line(header), `|${header.map(() => "---").join("|")}|`, ...rows.map(line)].join("\n");
}

const LINE_CHARS_MAX = 118;

/** A Markdown list, each item of parts that are broken into lines between them. */
export function markdownList(items: readonly (readonly string[])[]): string {
  return items.map((parts) => `- ${broken(parts).join("\n  ")}`).join("\n");
}

function broken(parts: readonly string[]): string[] {
  const lines: string[] = [];
  for (const part of parts) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + part.length <= LINE_CHARS_MAX)
      lines.push(`${lines.pop()} ${part}`);
    else lines.push(part);
  }
  return lines;
}
