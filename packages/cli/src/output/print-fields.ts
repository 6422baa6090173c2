import { printLine } from "./print.ts";

/** Prints one thing, a field per line. */
export function printFields(fields: readonly (readonly [string, string])[]): void {
  const width = Math.max(...fields.map(([name]) => name.length));
  for (const [name, value] of fields) printLine(`${name.padEnd(width)}  : ${value}`);
}
