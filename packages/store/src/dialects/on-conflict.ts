import type { BulkInsert } from "../database/bulk-insert.ts";

/** The end of a bulk insert: what becomes of a row whose key is there already. The same in all databases. */
export function onConflictSql({ onConflict }: BulkInsert): string {
  if (onConflict === undefined) return "";
  const { target, update, where } = onConflict;
  const conflict = ` ON CONFLICT${target.length > 0 ? ` (${target.join(", ")})` : ""} DO`;
  if (update.length === 0) return `${conflict} NOTHING`;
  const assignments = update.map((column) => `${column} = excluded.${column}`).join(", ");
  return `${conflict} UPDATE SET ${assignments}${where === undefined ? "" : ` WHERE ${where}`}`;
}
