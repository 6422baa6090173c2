import type { ByteRange } from "@flightdeck/artifacts";

/** What a Range header asks for: the whole, a part, or something that is not there. */
export type RequestedRange = Required<ByteRange> | "whole" | "unsatisfiable";

/**
 * Reads a Range header (RFC 9110, section 14). Anything but one range of bytes asks for the whole, as the RFC allows;
 * so does a range that depends on an entity tag, since artifacts have none.
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
  if (last !== "" && Number(last) < start) return "whole"; // Not a valid range at all.
  return start < sizeBytes ? { start, end } : "unsatisfiable";
}

function lastBytes(count: number, sizeBytes: number): RequestedRange {
  if (count === 0 || sizeBytes === 0) return "unsatisfiable";
  return { start: Math.max(sizeBytes - count, 0), end: sizeBytes - 1 };
}
