import { AppError } from "@flightdeck/core";

/** Above this many columns the message lists only similar names, so that it stays one readable line. */
const LISTED_COLUMNS_MAX = 20;

/** The error for a missing column. It lists similar names, or all existing ones. */
export function missingColumn(name: string, existing: readonly string[]): AppError {
  const nearest = existing.filter((other) => isNear(name, other));
  const hint = nearest.length > 0 ? `; did you mean ${nearest.map(quote).join(" or ")}?` : "";
  const shown = existing.slice(0, LISTED_COLUMNS_MAX).map(quote).join(", ");
  const more = existing.length > LISTED_COLUMNS_MAX ? `, … (${existing.length} in all)` : "";
  const message = `column ${quote(name)} does not exist${hint} Columns: ${shown}${more}`;
  return new AppError(
    "INVALID_PARAMETER_VALUE",
    hint === "" ? message.replace(" Columns", "; columns") : message,
    {
      details: { column: name },
    },
  );
}

function quote(name: string): string {
  return JSON.stringify(name);
}

/** Whether two names differ only in case, or in at most a third of the letters. */
function isNear(name: string, other: string): boolean {
  const a = name.toLowerCase();
  const b = other.toLowerCase();
  const allowed = Math.floor(Math.max(a.length, b.length) / 3);
  return Math.abs(a.length - b.length) <= allowed && editDistance(a, b) <= allowed;
}

/** Levenshtein distance, one row of the table at a time. */
function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 0; i < a.length; i++) {
    const current = [i + 1];
    for (let j = 0; j < b.length; j++) {
      const substitution = (previous[j] ?? 0) + (a[i] === b[j] ? 0 : 1);
      current.push(Math.min(substitution, (previous[j + 1] ?? 0) + 1, (current[j] ?? 0) + 1));
    }
    previous = current;
  }
  return previous[b.length] ?? 0;
}
