import { open } from "node:fs/promises";
import { join } from "node:path";

/** For an error message: enough for the end of a stack trace. */
const LINES_MAX = 20;
const LINE_CHARS_MAX = 1_000;
const TAIL_BYTES = 32 * 1024;

/** The last lines of what a task wrote, oldest first: of its errors, or of its output when it wrote no errors. */
export async function lastLinesOf(folder: string): Promise<readonly string[]> {
  const errors = await tailOf(join(folder, "stderr"));
  return errors.length > 0 ? errors : await tailOf(join(folder, "stdout"));
}

async function tailOf(path: string): Promise<readonly string[]> {
  const file = await open(path).catch(() => undefined);
  if (file === undefined) return [];
  try {
    const { size } = await file.stat();
    const length = Math.min(size, TAIL_BYTES);
    const { buffer } = await file.read(Buffer.alloc(length), { position: size - length });
    return buffer
      .toString("utf8")
      .split("\n")
      .map((line) => lastState(line).slice(-LINE_CHARS_MAX))
      .filter((line) => line.trim() !== "")
      .slice(-LINES_MAX);
  } finally {
    await file.close();
  }
}

/** Progress bars overwrite their line after each carriage return. */
function lastState(line: string): string {
  return line.split("\r").findLast((part) => part !== "") ?? "";
}
