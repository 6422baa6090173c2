import { once } from "node:events";
import type { Writable } from "node:stream";
import { formatTable, type Table } from "./format.ts";

/** Prints a line to stdout. */
export function printLine(text: string): void {
  process.stdout.write(`${text}\n`);
}

/** Prints a value as indented JSON. */
export function printJson(value: unknown): void {
  printLine(JSON.stringify(value, undefined, 2));
}

/** Prints a note for the user on stderr, apart from the command's output. */
export function note(text: string): void {
  process.stderr.write(`flightdeck: ${text}\n`);
}

/** Prints one record, one field per line. */
export function printFields(fields: readonly (readonly [string, string])[]): void {
  const width = Math.max(...fields.map(([name]) => name.length));
  for (const [name, value] of fields) printLine(`${name.padEnd(width)}  : ${value}`);
}

/** Reports what was done: as a sentence, or as a JSON object with `--json`. */
export function printResult(json: boolean | undefined, sentence: string, result: object): void {
  if (json) printJson(result);
  else printLine(sentence);
}

/** Prints records as a table, or as JSON with `--json`. */
export function printRecords(json: boolean | undefined, table: () => Table, records: unknown): void {
  if (json) printJson(records);
  else printLine(formatTable(table()));
}

/**
 * Writes a chunk unchanged and waits for the stream to drain if necessary. It is not an error if the reader has closed
 * the stream.
 */
export async function writeThrough(stream: Writable, chunk: Uint8Array): Promise<void> {
  if (!stream.writable || stream.write(chunk)) return;
  await Promise.race([once(stream, "drain"), once(stream, "close")]).catch(() => undefined);
}
