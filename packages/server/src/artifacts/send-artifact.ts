import { unreadableArtifact } from "@flightdeck/artifacts";
import { AppError } from "@flightdeck/core";
import { errorToWire } from "@flightdeck/protocol";
import type { FastifyReply, FastifyRequest } from "fastify";
import { requestedRange } from "./byte-range.ts";
import { contentTypeOf } from "./content-type-of.ts";
import type { ArtifactPlace } from "./served-artifacts.ts";

/**
 * Whatever an artifact holds, it runs nothing in a browser: it is saved rather than opened, its type is not guessed, and
 * opened all the same it is in a sandbox that loads nothing.
 */
const SAFETY_HEADERS = {
  "x-content-type-options": "nosniff",
  "content-security-policy": "sandbox; default-src 'none'",
  "cache-control": "no-cache", // Artifacts may be overwritten.
  "accept-ranges": "bytes",
} as const;

/** Streams an artifact, or the range of it that the request asks for; of HEAD the headers alone. */
export async function sendArtifact(
  request: FastifyRequest,
  reply: FastifyReply,
  { repository, path }: ArtifactPlace,
): Promise<FastifyReply> {
  const info = await repository.find(path);
  if (info?.fileSizeBytes === undefined) throw unreadableArtifact(path, info);
  const sizeBytes = info.fileSizeBytes;
  const { range: rangeHeader, "if-range": ifRange } = request.headers;
  const range = requestedRange(rangeHeader, ifRange?.toString(), sizeBytes);
  void reply.headers(SAFETY_HEADERS).type(contentTypeOf(path));
  void reply.header("content-disposition", attachment(path));
  if (range === "unsatisfiable") return refuseRange(reply, sizeBytes);
  const bounds = range === "whole" ? { start: 0, end: sizeBytes - 1 } : range;
  void reply.header("content-length", bounds.end - bounds.start + 1);
  if (range !== "whole") {
    void reply.code(206).header("content-range", `bytes ${bounds.start}-${bounds.end}/${sizeBytes}`);
  }
  if (request.method === "HEAD") return reply.send();
  const { stream } = await repository.read(path, range === "whole" ? undefined : range);
  return reply.send(stream);
}

function refuseRange(reply: FastifyReply, sizeBytes: number): FastifyReply {
  const message = `the range is outside of an artifact of ${sizeBytes} bytes`;
  const body = errorToWire(new AppError("INVALID_PARAMETER_VALUE", message));
  void reply.code(416).header("content-range", `bytes */${sizeBytes}`).type("application/json");
  return reply.send(JSON.stringify(body));
}

/** A Content-Disposition (RFC 6266): the name in ASCII for old clients, and as it is. */
function attachment(path: string): string {
  const name = path.slice(path.lastIndexOf("/") + 1);
  const ascii = name.replace(/[^\x20-\x7e]|["\\%]/g, "_");
  const encoded = encodeURIComponent(name).replace(
    /['()*]/g,
    (char) => `%${char.charCodeAt(0).toString(16)}`,
  );
  return `attachment; filename="${ascii}"; filename*=UTF-8''${encoded}`;
}
