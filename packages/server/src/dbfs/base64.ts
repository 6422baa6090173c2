import { AppError } from "@flightdeck/core";
import { BOUNDS } from "../bounds.ts";

/** One block's bytes. Throws `INVALID_PARAMETER_VALUE` for a text that is not base64, `MAX_BLOCK_SIZE_EXCEEDED` above 1 MiB. */
export function decodeBase64(text: string): Uint8Array {
  const compact = text.replace(/\s/g, "");
  if (compact.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(compact)) {
    throw new AppError("INVALID_PARAMETER_VALUE", "the content must be base64");
  }
  const bytes = Buffer.from(compact, "base64");
  if (bytes.byteLength <= BOUNDS.dbfsBlockBytesMax) return bytes;
  const message = `a block has at most ${BOUNDS.dbfsBlockBytesMax} bytes, got ${bytes.byteLength}; write more of them`;
  throw new AppError("MAX_BLOCK_SIZE_EXCEEDED", message);
}
