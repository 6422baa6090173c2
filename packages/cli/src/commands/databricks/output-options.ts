import { Option } from "commander";
import { formatTable, type Table } from "../../output/format-table.ts";
import { printJson, printLine } from "../../output/print.ts";
import type { JsonFlag } from "../json-option.ts";

export type OutputFlags = JsonFlag & { readonly output?: string };

/** A table's headers and the rule below them. */
const HEADER_LINES = 2;

/** The old command line's way to ask for JSON, in both cases of letters. */
export function outputOption(): Option {
  return new Option("--output <FORMAT>", "The form of the output.").choices([
    "JSON",
    "TABLE",
    "json",
    "table",
  ]);
}

/** As a table, unless JSON is asked for. Its headers are for people: the old command line prints rows alone. */
export function printAsTable(flags: OutputFlags, table: () => Table, wire: unknown): void {
  if (wantsJson(flags, false)) return printJson(wire);
  const { headers, rows } = table();
  if (process.stdout.isTTY) return printLine(formatTable({ headers, rows }));
  const bare = formatTable({ headers: headers.map(() => ""), rows });
  for (const line of bare.split("\n").slice(HEADER_LINES)) printLine(line);
}

/** A table on a terminal, and JSON elsewhere: the old command line prints JSON here, which scripts read. */
export function printForReader(flags: OutputFlags, table: () => Table, wire: unknown): void {
  const json = wantsJson(flags, !process.stdout.isTTY);
  printAsTable({ ...flags, json }, table, wire);
}

function wantsJson({ json, output }: OutputFlags, otherwise: boolean): boolean {
  if (json === true) return true;
  return output === undefined ? otherwise : output.toUpperCase() === "JSON";
}
