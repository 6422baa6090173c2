import type { z } from "zod";
import { text } from "../scalars.ts";

/* Times as protobuf's JSON form has them (https://protobuf.dev/programming-guides/json/), in milliseconds here. */

/** The longest of the forms below has 35. */
const TIME_CHARS_MAX = 64;
/** Within what a `Date` holds and four digits write, years 0001 to 9999. */
const TIMESTAMP = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)$/;
/** protobuf's own bound: ten thousand years. */
const DURATION = /^-?\d{1,12}(\.\d{1,9})?s$/;

/** `2026-01-31T12:00:00.123Z`; digits beyond milliseconds are cut. */
export const timestampMs: z.ZodType<number, string> = text(TIME_CHARS_MAX)
  .regex(TIMESTAMP, "expected a time as 2026-01-31T12:00:00.123Z")
  .transform((time) => Date.parse(time.replace(/(\.\d{3})\d+/, "$1")))
  .refine((timeMs) => Number.isSafeInteger(timeMs), "expected a time that exists");

/** `1.500s`. */
export const durationMs: z.ZodType<number, string> = text(TIME_CHARS_MAX)
  .regex(DURATION, "expected a duration as 1.500s")
  .transform((duration) => Math.trunc(Number(`${duration.slice(0, -1)}e3`)));

export function timestampToWire(timeMs: number): string {
  return new Date(timeMs).toISOString().replace(".000Z", "Z");
}

export function durationToWire(durationMs: number): string {
  return `${(durationMs / 1000).toFixed(durationMs % 1000 === 0 ? 0 : 3)}s`;
}
