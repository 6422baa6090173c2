import { COUNTED, type ImportCounts } from "@flightdeck/import";
import { formatTable } from "../../output/format-table.ts";

/** A table of counts, of the source alone or beside those of the target. */
export function formatCounts(source: ImportCounts, target?: ImportCounts): string {
  if (target === undefined) {
    return formatTable({
      headers: ["", "Source"],
      rows: COUNTED.map((counted) => [counted, String(source[counted])]),
    });
  }
  return formatTable({
    headers: ["", "Source", "Target", ""],
    rows: COUNTED.map((counted) => [
      counted,
      String(source[counted]),
      String(target[counted]),
      target[counted] < source[counted] ? "missing" : "",
    ]),
  });
}
