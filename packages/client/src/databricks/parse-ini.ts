/** Sections by name, each with its keys in lower case, as Python's `configparser` reads them. */
export type Ini = ReadonlyMap<string, ReadonlyMap<string, string>>;

/**
 * Parses an INI file: `[section]`, `key = value` or `key: value`, whole-line comments after `#` or `;`. The last of a
 * name counts. Lines that are neither, and lines before the first section, are passed over.
 */
export function parseIni(text: string): Ini {
  const sections = new Map<string, Map<string, string>>();
  let current: Map<string, string> | undefined;
  for (const line of text.split(/\r?\n/)) {
    const name = parseSectionName(line);
    if (name !== undefined) {
      current = sections.get(name) ?? new Map();
      sections.set(name, current);
      continue;
    }
    const entry = parseEntry(line);
    if (entry !== undefined) current?.set(entry.key, entry.value);
  }
  return sections;
}

/** `key = value` or `key: value`, the key in lower case; undefined for a comment and any other line. */
export function parseEntry(line: string): { readonly key: string; readonly value: string } | undefined {
  const separator = line.search(/[=:]/);
  const key = line.slice(0, Math.max(separator, 0)).trim();
  if (key === "" || key.startsWith("#") || key.startsWith(";")) return undefined;
  return { key: key.toLowerCase(), value: line.slice(separator + 1).trim() };
}

/** The name of the section that a line begins. */
export function parseSectionName(line: string): string | undefined {
  return /^\[([^\]]+)\]$/.exec(line.trim())?.[1];
}
