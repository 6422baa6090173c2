import { AppError } from "@flightdeck/core";
import { z } from "zod";
import { LIMITS } from "../limits.ts";
import { doubleToWire, repeated, textMap, type Tag, text } from "../forms.ts";

/* Converts bytes to text. Not every runtime that this package supports has such methods on `Uint8Array`. */

export function hexOf(bytes: Uint8Array): string {
  let hex = "";
  for (const byte of bytes) hex += (HEX_DIGITS[byte >> 4] ?? "") + (HEX_DIGITS[byte & 15] ?? "");
  return hex;
}

const HEX_DIGITS = "0123456789abcdef";

export function bytesFromHex(hex: string): Uint8Array {
  if (!/^(?:[0-9a-fA-F]{2})*$/.test(hex)) throw notBytes("hex digits", hex);
  return Uint8Array.from(hex.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}

export function base64Of(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  return btoa(text);
}

export function bytesFromBase64(base64: string): Uint8Array {
  try {
    return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
  } catch (cause) {
    throw notBytes("base64", base64, cause);
  }
}

const BYTES_SHOWN_CHARS_MAX = 40; // Enough to recognize a value.

function notBytes(form: string, got: string, cause?: unknown): AppError {
  return new AppError(
    "INVALID_PARAMETER_VALUE",
    `bytes must be given as ${form}, got '${got.slice(0, BYTES_SHOWN_CHARS_MAX)}'`,
    { cause },
  );
}

/**
 * A value in OpenTelemetry (https://opentelemetry.io/docs/specs/otel/common/#anyvalue). Integers are `bigint` and
 * doubles `number`, since Python distinguishes 1 and 1.0.
 */
export type AttributeValue =
  | string
  | boolean
  | bigint
  | number
  | null
  | Uint8Array
  | readonly AttributeValue[]
  | Attributes;

/** Attributes in the order in which they were sent; the last value of a key wins. */
export type Attributes = ReadonlyMap<string, AttributeValue>;

/** `attributesFromWire` parses the values, since it bounds their depth, which a recursive schema would not. */
export const attributesSchema = repeated(z.object({ key: z.string(), value: z.unknown().optional() }));
type AttributesWire = { key: string; value?: unknown }[];

export function attributesToWire(attributes: Attributes): AttributesWire {
  return Array.from(attributes, ([key, value]) =>
    value === null ? { key } : { key, value: attributeValueToWire(value) },
  );
}

function attributeValueToWire(value: AttributeValue): object {
  if (value === null) return {};
  if (typeof value === "string") return { string_value: value };
  if (typeof value === "boolean") return { bool_value: value };
  if (typeof value === "bigint") return { int_value: String(value) };
  if (typeof value === "number") return { double_value: doubleToWire(value) };
  if (value instanceof Uint8Array) return { bytes_value: base64Of(value) };
  if (value instanceof Map) return { kvlist_value: { values: attributesToWire(value) } };
  return { array_value: { values: (value as readonly AttributeValue[]).map(attributeValueToWire) } }; // The only remaining type.
}

/**
 * Reads attributes in protobuf's JSON encoding, with names in snake_case as in MLflow or in camelCase as in OTLP.
 * Throws `INVALID_PARAMETER_VALUE` for anything else.
 */
export function attributesFromWire(entries: z.output<typeof attributesSchema>, depth = 0): Attributes {
  return new Map(entries.map(({ key, value }) => [key, attributeValueFromWire(value, depth)]));
}

function attributeValueFromWire(raw: unknown, depth: number): AttributeValue {
  if (depth > LIMITS.attributeDepthMax) throw tooDeep();
  if (raw === undefined || raw === null) return null;
  if (typeof raw !== "object") throw invalidValue(raw);
  const [entry, ...others] = Object.entries(raw).filter(([, value]) => value !== null && value !== undefined);
  if (entry === undefined) return null;
  const [name, value] = entry;
  const read = Object.hasOwn(READERS, name) ? READERS[name] : undefined;
  const result = others.length === 0 ? read?.(value, depth) : undefined;
  if (result === undefined) throw invalidValue(raw);
  return result;
}

/** Readers by field name. Return undefined for a value that is not valid in the field. */
type ReadValue = (value: unknown, depth: number) => AttributeValue | undefined;

const readText: ReadValue = (value) => (typeof value === "string" ? value : undefined);
const readBool: ReadValue = (value) => (typeof value === "boolean" ? value : undefined);
const readBytes: ReadValue = (value) => (typeof value === "string" ? bytesFromBase64(value) : undefined);

const readInt: ReadValue = (value) => {
  const isInt = Number.isSafeInteger(value) || (typeof value === "string" && /^-?\d{1,19}$/.test(value));
  if (!isInt) return undefined;
  const int = BigInt(value as string | number); // The line above has checked that it is one of these.
  return int === BigInt.asIntN(64, int) ? int : undefined;
};

const readDouble: ReadValue = (value) => {
  if (typeof value === "number") return value;
  if (typeof value !== "string" || value.trim() === "") return undefined;
  const double = Number(value);
  return Number.isNaN(double) && value !== "NaN" ? undefined : double;
};

const valuesSchema = z.object({ values: z.array(z.unknown()).default([]) });
const readArray: ReadValue = (value, depth) => {
  const parsed = valuesSchema.safeParse(value);
  return parsed.success
    ? parsed.data.values.map((item) => attributeValueFromWire(item, depth + 1))
    : undefined;
};

const entriesSchema = z.object({ values: attributesSchema });
const readMap: ReadValue = (value, depth) => {
  const parsed = entriesSchema.safeParse(value);
  return parsed.success ? attributesFromWire(parsed.data.values, depth + 1) : undefined;
};

const READERS: Readonly<Record<string, ReadValue>> = {
  string_value: readText,
  stringValue: readText,
  bool_value: readBool,
  boolValue: readBool,
  int_value: readInt,
  intValue: readInt,
  double_value: readDouble,
  doubleValue: readDouble,
  bytes_value: readBytes,
  bytesValue: readBytes,
  array_value: readArray,
  arrayValue: readArray,
  kvlist_value: readMap,
  kvlistValue: readMap,
};

/** The error for excessive depth, shared by the JSON and protobuf readers. */
export function tooDeep(): AppError {
  return new AppError(
    "INVALID_PARAMETER_VALUE",
    `a span's attribute must not be nested deeper than ${LIMITS.attributeDepthMax} levels`,
  );
}

const SHOWN_CHARS_MAX = 100; // Enough to recognize a value, short enough for one line.

function invalidValue(raw: unknown): AppError {
  const text = JSON.stringify(raw).slice(0, SHOWN_CHARS_MAX);
  return new AppError("INVALID_PARAMETER_VALUE", `Invalid value ${text} in a span's attribute`);
}

/**
 * A protobuf map of strings: a JSON object. Our domain types have a list of tags instead, which the store sorts by key.
 */
export const textMapSchema = textMap;
export type TextMapWire = Record<string, string>;

export function textMapToWire(tags: readonly Tag[]): TextMapWire {
  return Object.fromEntries(tags.map(({ key, value }) => [key, value]));
}

export function textMapFromWire(map: TextMapWire | undefined): readonly Tag[] {
  return Object.entries(map ?? {}).map(([key, value]) => ({ key, value }));
}

/* Times in protobuf's JSON encoding (https://protobuf.dev/programming-guides/json/), converted to milliseconds. */

/** The longest form below has 35 characters. */
const TIME_CHARS_MAX = 64;
/** Four-digit years, 0001 to 9999, which a `Date` can represent. */
const TIMESTAMP = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)$/;
/** protobuf's own limit: ten thousand years. */
const DURATION = /^-?\d{1,12}(\.\d{1,9})?s$/;

/** `2026-01-31T12:00:00.123Z`; digits beyond milliseconds are dropped. */
export const timestampMs: z.ZodType<number, string> = text(TIME_CHARS_MAX)
  .regex(TIMESTAMP, "expected a time like 2026-01-31T12:00:00.123Z")
  .transform((time) => Date.parse(time.replace(/(\.\d{3})\d+/, "$1")))
  .refine((timeMs) => Number.isSafeInteger(timeMs), "expected a valid time");

/** `1.500s`. */
export const durationMs: z.ZodType<number, string> = text(TIME_CHARS_MAX)
  .regex(DURATION, "expected a duration like 1.500s")
  .transform((duration) => Math.trunc(Number(`${duration.slice(0, -1)}e3`)));

export function timestampToWire(timeMs: number): string {
  return new Date(timeMs).toISOString().replace(".000Z", "Z");
}

export function durationToWire(durationMs: number): string {
  return `${(durationMs / 1000).toFixed(durationMs % 1000 === 0 ? 0 : 3)}s`;
}
