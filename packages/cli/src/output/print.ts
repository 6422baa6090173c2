/** Prints a line for the user or the next program of a pipe. */
export function printLine(text: string): void {
  process.stdout.write(`${text}\n`);
}

/** Prints a value as JSON that people can read. */
export function printJson(value: unknown): void {
  printLine(JSON.stringify(value, undefined, 2));
}

/** Tells the user something beside the output proper. */
export function note(text: string): void {
  process.stderr.write(`flightdeck: ${text}\n`);
}
