import { AppError } from "@flightdeck/core";
import { LIMITS } from "@flightdeck/protocol";
import type { FastifyRequest } from "fastify";

/**
 * The JSON body of a GET, which HTTP gives no meaning and MLflow's clients send all the same: project runs when they
 * look into DBFS, 1.x everywhere there. undefined when there is none.
 */
export async function bodyOfGet({ method, headers, raw }: FastifyRequest): Promise<unknown> {
  if (method !== "GET" || Number(headers["content-length"] ?? 0) === 0) return undefined;
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of raw as AsyncIterable<Buffer>) {
    bytes += chunk.byteLength;
    if (bytes > LIMITS.jsonBodyBytesMax)
      throw new AppError("MAX_BLOCK_SIZE_EXCEEDED", "the body is too large");
    chunks.push(chunk);
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString("utf8"));
  } catch (cause) {
    throw new AppError("MALFORMED_REQUEST", "the body is not valid JSON", { cause });
  }
}
