import { LineRing } from "@flightdeck/compute";
import { open } from "node:fs/promises";
import { join } from "node:path";

/** For an error message: enough for the end of a stack trace. */
const SHOWN = { linesMax: 20, lineCharsMax: 1_000 } as const;
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
    const { buffer, bytesRead } = await file.read(Buffer.alloc(length), { position: size - length });
    const ring = new LineRing(SHOWN);
    ring.push(buffer.toString("utf8", 0, bytesRead));
    return ring.lines();
  } finally {
    await file.close();
  }
}
