import { AppError } from "@flightdeck/core";
import { promisify } from "node:util";
import { gunzip, inflate, inflateRaw, type InputType, type ZlibOptions } from "node:zlib";

type Unpack = (body: InputType, options: ZlibOptions) => Promise<Uint8Array>;

/** `deflate` is meant with zlib's wrapping; some senders leave it out. */
const UNPACKERS: Readonly<Record<string, readonly Unpack[]>> = {
  gzip: [promisify<InputType, ZlibOptions, Uint8Array>(gunzip)],
  deflate: [
    promisify<InputType, ZlibOptions, Uint8Array>(inflate),
    promisify<InputType, ZlibOptions, Uint8Array>(inflateRaw),
  ],
};

/**
 * A body as it was before its sender packed it. Throws `MAX_BLOCK_SIZE_EXCEEDED` when it is larger than `bytesMax`, which
 * is found out without unpacking the rest, and `BAD_REQUEST` for what is not packed as it says.
 */
export async function unpackBody(
  body: Uint8Array,
  encoding: string | undefined,
  bytesMax: number,
): Promise<Uint8Array> {
  if (encoding === undefined || encoding === "identity") return checkedSize(body, bytesMax);
  const unpackers = Object.hasOwn(UNPACKERS, encoding) ? UNPACKERS[encoding] : undefined;
  if (unpackers === undefined) {
    const message = `the Content-Encoding must be one of ${Object.keys(UNPACKERS).join(", ")}, got '${encoding}'`;
    throw new AppError("BAD_REQUEST", message);
  }
  for (const unpack of unpackers) {
    const unpacked = await unpackWith(unpack, body, bytesMax);
    if (unpacked !== undefined) return unpacked;
  }
  throw new AppError("BAD_REQUEST", `Failed to decompress ${encoding} payload`);
}

/** Undefined for a body that is packed in another way. */
async function unpackWith(
  unpack: Unpack,
  body: Uint8Array,
  bytesMax: number,
): Promise<Uint8Array | undefined> {
  try {
    return await unpack(body, { maxOutputLength: bytesMax });
  } catch (error) {
    if (error instanceof RangeError) throw tooLarge(bytesMax, error);
    return undefined;
  }
}

function checkedSize(body: Uint8Array, bytesMax: number): Uint8Array {
  if (body.byteLength > bytesMax) throw tooLarge(bytesMax);
  return body;
}

function tooLarge(bytesMax: number, cause?: unknown): AppError {
  return new AppError("MAX_BLOCK_SIZE_EXCEEDED", `the body must have at most ${bytesMax} bytes`, { cause });
}
