/** The last part of a source's path or address: what tells one program from another in a narrow column. */
export function shortSourceName(source: string): string {
  const parts = source.split(/[/\\]/).filter((part) => part !== "");
  return parts.at(-1) ?? source;
}
