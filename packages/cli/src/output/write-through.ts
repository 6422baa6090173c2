import { once } from "node:events";
import type { Writable } from "node:stream";

/** Writes a piece of output as it came, and waits when the stream asks to. A reader that went away is no error. */
export async function writeThrough(stream: Writable, chunk: Uint8Array): Promise<void> {
  if (!stream.writable || stream.write(chunk)) return;
  await Promise.race([once(stream, "drain"), once(stream, "close")]).catch(() => undefined);
}
