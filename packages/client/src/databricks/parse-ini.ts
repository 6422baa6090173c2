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
    const [, name] = /^\s*\[([^\]]+)\]\s*$/.exec(line) ?? [];
    if (name !== undefined) {
      current = sections.get(name) ?? new Map();
      sections.set(name, current);
      continue;
    }
    const [, key, value] = /^\s*([^#;=:\s][^=:]*?)\s*[=:]\s*(.*?)\s*$/.exec(line) ?? [];
    if (key !== undefined && value !== undefined) current?.set(key.toLowerCase(), value);
  }
  return sections;
}
