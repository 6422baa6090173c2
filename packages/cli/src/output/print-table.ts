import { formatTable, type Table } from "./format-table.ts";
import { printJson, printLine } from "./print.ts";

/** Prints records as a table, or as they are with `--json`. */
export function printRecords(json: boolean | undefined, table: () => Table, records: unknown): void {
  if (json) printJson(records);
  else printLine(formatTable(table()));
}
