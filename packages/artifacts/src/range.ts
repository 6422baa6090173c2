import { AppError } from "@flightdeck/core";
import type { ByteRange } from "./artifact-repository.ts";

/** A range within an artifact of `sizeBytes`, its end cut to the last byte. One that begins behind it is refused. */
export function checkRange(range: ByteRange, sizeBytes: number): Required<ByteRange> {
  const end = Math.min(range.end ?? sizeBytes - 1, sizeBytes - 1);
  const valid = Number.isSafeInteger(range.start) && range.start >= 0 && range.start <= end;
  if (!valid) throw unsatisfiableRange(range, sizeBytes);
  return { start: range.start, end };
}

export function unsatisfiableRange(range: ByteRange, sizeBytes: number | undefined): AppError {
  const size = sizeBytes === undefined ? "the artifact" : `an artifact of ${sizeBytes} bytes`;
  const message = `the range ${range.start}..${range.end ?? ""} is outside of ${size}`;
  return new AppError("INVALID_PARAMETER_VALUE", message);
}
