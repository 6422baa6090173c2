import { AppError } from "@flightdeck/core";
import type { Readable } from "node:stream";

/** Content in blocks of one size; the last one is what is left. No content has no blocks. */
export async function* inBlocks(
  content: Readable | Uint8Array,
  blockBytes: number,
): AsyncGenerator<Buffer, void, undefined> {
  let pending: Buffer[] = [];
  let pendingBytes = 0;
  for await (const chunk of chunksOf(content)) {
    for (let from = 0; from < chunk.byteLength;) {
      const piece = chunk.subarray(from, from + blockBytes - pendingBytes);
      pending.push(piece);
      pendingBytes += piece.byteLength;
      from += piece.byteLength;
      if (pendingBytes < blockBytes) continue;
      yield Buffer.concat(pending);
      [pending, pendingBytes] = [[], 0];
    }
  }
  if (pendingBytes > 0) yield Buffer.concat(pending);
}

async function* chunksOf(content: Readable | Uint8Array): AsyncGenerator<Buffer, void, undefined> {
  if (content instanceof Uint8Array) {
    yield Buffer.from(content.buffer, content.byteOffset, content.byteLength);
    return;
  }
  for await (const chunk of content as AsyncIterable<unknown>) {
    if (!(chunk instanceof Uint8Array)) {
      throw new AppError("INVALID_PARAMETER_VALUE", "content must be bytes");
    }
    yield Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
  }
}
