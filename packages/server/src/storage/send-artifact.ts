import { type ByteBounds, unreadableArtifact } from "@flightdeck/artifacts";
import { AppError } from "@flightdeck/core";
import { errorToWire } from "@flightdeck/protocol";
import type { FastifyReply, FastifyRequest } from "fastify";
import type { ArtifactPlace } from "./served-artifacts.ts";

/**
 * No artifact may run anything in a browser: it is downloaded rather than opened, its type is not sniffed, and if it is
 * opened anyway, it is in a sandbox that loads nothing.
 */
const SAFETY_HEADERS = {
  "x-content-type-options": "nosniff",
  "content-security-policy": "sandbox; default-src 'none'",
  "cache-control": "no-cache", // Artifacts may be overwritten.
  "accept-ranges": "bytes",
} as const;

/** Streams an artifact, or the range that the request asks for; for HEAD only the headers. */
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
  if (range === "unsatisfiable") return await refuseRange(reply, sizeBytes);
  const bounds = range === "whole" ? { start: 0, end: sizeBytes - 1 } : range;
  void reply.header("content-length", bounds.end - bounds.start + 1);
  if (range !== "whole") {
    void reply.code(206).header("content-range", `bytes ${bounds.start}-${bounds.end}/${sizeBytes}`);
  }
  if (request.method === "HEAD") return await reply.send();
  const { stream } = await repository.read(path, range === "whole" ? undefined : range);
  return await reply.send(stream);
}

function refuseRange(reply: FastifyReply, sizeBytes: number): FastifyReply {
  const message = `the range is outside of an artifact of ${sizeBytes} bytes`;
  const body = errorToWire(new AppError("INVALID_PARAMETER_VALUE", message));
  void reply.code(416).header("content-range", `bytes */${sizeBytes}`).type("application/json");
  return reply.send(JSON.stringify(body));
}

/** A Content-Disposition (RFC 6266): the name in ASCII for old clients, and in full. */
function attachment(path: string): string {
  const name = path.slice(path.lastIndexOf("/") + 1);
  const ascii = name.replace(/[^\x20-\x7e]|["\\%]/g, "_");
  const encoded = encodeURIComponent(name).replace(
    /['()*]/g,
    (char) => `%${char.charCodeAt(0).toString(16)}`,
  );
  return `attachment; filename="${ascii}"; filename*=UTF-8''${encoded}`;
}

/** What a Range header asks for: the whole, a part, or something outside of the artifact. */
export type RequestedRange = ByteBounds | "whole" | "unsatisfiable";

/**
 * Parses a Range header (RFC 9110, section 14). Anything but a single byte range asks for the whole, as the RFC allows; so
 * does a range with If-Range, since artifacts have no entity tags.
 */
export function requestedRange(
  header: string | undefined,
  ifRange: string | undefined,
  sizeBytes: number,
): RequestedRange {
  const [, first, last] = /^bytes=(\d*)-(\d*)$/i.exec(header ?? "") ?? [];
  if (first === undefined || last === undefined || ifRange !== undefined) return "whole";
  if (first === "") return last === "" ? "whole" : lastBytes(Number(last), sizeBytes);
  const start = Number(first);
  const end = last === "" ? sizeBytes - 1 : Math.min(Number(last), sizeBytes - 1);
  if (last !== "" && Number(last) < start) return "whole"; // An invalid range.
  return start < sizeBytes ? { start, end } : "unsatisfiable";
}

function lastBytes(count: number, sizeBytes: number): RequestedRange {
  if (count === 0 || sizeBytes === 0) return "unsatisfiable";
  return { start: Math.max(sizeBytes - count, 0), end: sizeBytes - 1 };
}

/** Types that previews need. Everything that a browser could run is served as plain text. */
const TYPES: Readonly<Record<string, string>> = {
  png: "image/png",
  jpg: "image/jpeg",
  jpeg: "image/jpeg",
  gif: "image/gif",
  webp: "image/webp",
  bmp: "image/bmp",
  svg: "image/svg+xml", // Runs no scripts in an <img>; opened on its own, the sandbox stops them.
  pdf: "application/pdf",
  mp4: "video/mp4",
  wav: "audio/wav",
  mp3: "audio/mpeg",
  zip: "application/zip",
  gz: "application/gzip",
  geojson: "application/geo+json",
};

/** MLflow's list of text types, plus HTML, which runs nothing when it is shown as its source. */
const TEXT = new Set(
  "txt log err cfg conf cnf cf ini properties prop hocon toml yaml yml xml json js py py3 csv tsv md rst ipynb jsonnet ts html htm xhtml css mlmodel mlproject".split(
    " ",
  ),
);

/** The content type of an artifact, from its name alone. */
export function contentTypeOf(path: string): string {
  const name = path.slice(path.lastIndexOf("/") + 1).toLowerCase();
  const extension = name.slice(name.lastIndexOf(".") + 1); // The whole name when it has no dot: "mlmodel".
  if (TEXT.has(extension)) return "text/plain; charset=utf-8";
  return TYPES[extension] ?? "application/octet-stream";
}
