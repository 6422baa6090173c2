import { open } from "node:fs/promises";
import { join } from "node:path";
import type { LogChunk } from "./execution.ts";
import type { JobFolder } from "./job-folder.ts";

export type JobStream = "stdout" | "stderr";

export type LogRange = {
  readonly stream: JobStream;
  /** In bytes; beyond the end means the end. */
  readonly offset: number;
  /** At least 4, the length of the longest character. */
  readonly bytesMax: number;
};

/** What a task wrote to one of its outputs, from an offset on, in whole characters. Empty before it has started. */
export async function readJobLog(
  folder: JobFolder,
  { stream, offset, bytesMax }: LogRange,
): Promise<LogChunk> {
  const file = await open(join(folder.process, stream)).catch(() => undefined);
  if (file === undefined) return { text: "", nextOffset: 0, size: 0 };
  try {
    const { size } = await file.stat();
    const start = Math.min(offset, size);
    const { buffer, bytesRead } = await file.read(Buffer.alloc(Math.min(bytesMax, size - start)), {
      position: start,
    });
    const whole = buffer.subarray(0, wholeCharacters(buffer.subarray(0, bytesRead)));
    return { text: whole.toString("utf8"), nextOffset: start + whole.length, size };
  } finally {
    await file.close();
  }
}

/**
 * The length without a character that is cut at the end. What is no UTF-8 at all counts as whole, so that a reader always gets on.
 */
function wholeCharacters(bytes: Uint8Array): number {
  for (let back = 1; back <= Math.min(3, bytes.length); back++) {
    const byte = bytes[bytes.length - back] ?? 0;
    if ((byte & 0b1100_0000) === 0b1000_0000) continue; // In the middle of a character.
    return bytes.length - (back < charLength(byte) && back < bytes.length ? back : 0);
  }
  return bytes.length;
}

function charLength(firstByte: number): number {
  if (firstByte >= 0b1111_0000) return 4;
  if (firstByte >= 0b1110_0000) return 3;
  return firstByte >= 0b1100_0000 ? 2 : 1;
}
