/** A record that someone wrote, as the server's events name it. */
export type Change = { readonly kind: string; readonly id: string };

/** Reads the data of a `change` event; what cannot be read counts as no change. */
export function parseChanges(text: string): readonly Change[] {
  const { changes } = parseObject(text);
  return Array.isArray(changes) ? changes.filter(isChange) : [];
}

function isChange(value: unknown): value is Change {
  if (typeof value !== "object" || value === null || !("kind" in value) || !("id" in value)) return false;
  return typeof value.kind === "string" && typeof value.id === "string";
}

function parseObject(text: string): { readonly changes?: unknown } {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? value : {};
  } catch {
    return {};
  }
}
