import { AppError } from "@flightdeck/core";
import { Readable } from "node:stream";
import type { ReadableStream } from "node:stream/web";

export type UploadBody = {
  readonly body: Uint8Array<ArrayBuffer> | ReadableStream;
  /** Bytes that have been sent so far. */
  readonly counter: { bytes: number };
};

/** Content as `fetch` takes it, counted while it is sent. */
export function uploadBody(content: Readable | Uint8Array): UploadBody {
  if (content instanceof Uint8Array) {
    // fetch takes no view of a shared buffer; a copy never is one.
    return { body: new Uint8Array(content), counter: { bytes: content.byteLength } };
  }
  const counter = { bytes: 0 };
  return { body: Readable.toWeb(Readable.from(counted(content, counter), { objectMode: false })), counter };
}

async function* counted(content: Readable, counter: { bytes: number }): AsyncGenerator<Uint8Array> {
  for await (const chunk of content as AsyncIterable<unknown>) {
    if (!(chunk instanceof Uint8Array))
      throw new AppError("INVALID_PARAMETER_VALUE", "content must be bytes");
    counter.bytes += chunk.byteLength;
    yield chunk;
  }
}
