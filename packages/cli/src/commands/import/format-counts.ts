import { COUNTED, type ImportCounts } from "@flightdeck/import";
import { formatTable } from "../../output/format-table.ts";

/** A table of counts, of the source alone or beside those of the target. */
export function formatCounts(source: ImportCounts, target?: ImportCounts): string {
  if (target === undefined) {
    const rows = COUNTED.map((counted) => [counted, String(source[counted])]);
    return formatTable({ headers: ["", "Source"], rows });
  }
  const rows = COUNTED.map((counted) => [
    counted,
    String(source[counted]),
    target[counted] < source[counted]
      ? `${target[counted]} (missing ${source[counted] - target[counted]})`
      : String(target[counted]),
  ]);
  return formatTable({ headers: ["", "Source", "Target"], rows });
}
