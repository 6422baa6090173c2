import { AppError } from "@flightdeck/core";
import type { IncomingMessage } from "node:http";

/** Half a million rows with the guide's thirteen columns. */
export const BODY_BYTES_MAX: number = 64 * 2 ** 20;

/**
 * Reads a request's entire body. Throws `MAX_BLOCK_SIZE_EXCEEDED` as soon as it is too long or its Content-Length says
 * so.
 */
export function readBody(request: IncomingMessage): Promise<Buffer> {
  if (Number(request.headers["content-length"] ?? 0) > BODY_BYTES_MAX) return Promise.reject(tooLong());
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    request.on("data", (chunk: Buffer) => {
      size += chunk.length;
      if (size <= BODY_BYTES_MAX) chunks.push(chunk);
      else reject(tooLong());
    });
    request.on("end", () => resolve(chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks)));
    request.on("error", reject);
    request.on("close", () => reject(new AppError("CANCELLED", "the client went away")));
  });
}

function tooLong(): AppError {
  return new AppError("MAX_BLOCK_SIZE_EXCEEDED", `the body must have at most ${BODY_BYTES_MAX} bytes`);
}
