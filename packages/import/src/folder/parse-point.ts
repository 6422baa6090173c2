import type { Metric } from "@flightdeck/protocol";
import { malformed } from "../source/malformed.ts";

/** A number as Python writes it. */
const NUMBER = /^[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?$/i;
const INTEGER = /^-?\d+$/;

export type Point = Pick<Metric, "timestampMs" | "value" | "step"> & {
  /** What follows: of a logged model's metric the run, then a dataset's name and digest. */
  readonly rest: readonly string[];
};

/** Reads `timestamp value [step [rest…]]`, one line of a metric's file. The oldest have no step. */
export function parsePoint(line: string, where: string): Point {
  const [timestamp = "", value = "", step = "0", ...rest] = line.trim().split(" ");
  const point = { timestampMs: integer(timestamp), value: parseValue(value), step: integer(step), rest };
  if (point.timestampMs !== undefined && point.value !== undefined && point.step !== undefined) {
    return point as Point; // The three have just been found to be there.
  }
  throw malformed(where, `${JSON.stringify(line.slice(0, 80))} is no "timestamp value step"`);
}

function integer(text: string): number | undefined {
  const value = Number(text);
  return INTEGER.test(text) && Number.isSafeInteger(value) ? value : undefined;
}

function parseValue(text: string): number | undefined {
  const lower = text.toLowerCase();
  if (/^[+-]?nan$/.test(lower)) return Number.NaN;
  if (/^\+?inf(inity)?$/.test(lower)) return Number.POSITIVE_INFINITY;
  if (/^-inf(inity)?$/.test(lower)) return Number.NEGATIVE_INFINITY;
  return NUMBER.test(text) ? Number(text) : undefined;
}
