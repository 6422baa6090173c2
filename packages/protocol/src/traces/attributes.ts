import { AppError } from "@flightdeck/core";
import { z } from "zod";
import { LIMITS } from "../limits.ts";
import { doubleToWire, repeated } from "../scalars.ts";
import { base64Of, bytesFromBase64 } from "./bytes.ts";

/**
 * A value as OpenTelemetry has it (https://opentelemetry.io/docs/specs/otel/common/#anyvalue). An integer is a `bigint`
 * and a double a `number`, since 1 and 1.0 are different values to a reader in Python.
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

/** Values under keys, in the order in which they came; the last of a key wins. */
export type Attributes = ReadonlyMap<string, AttributeValue>;

/** Values are read by `attributesFromWire`, which bounds their depth; a schema that calls itself would not. */
export const attributesSchema = repeated(z.object({ key: z.string(), value: z.unknown().optional() }));
export type AttributesWire = { key: string; value?: unknown }[];

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
  return { array_value: { values: (value as readonly AttributeValue[]).map(attributeValueToWire) } }; // What is left.
}

/**
 * Reads protobuf's JSON form, with names in snake_case, as MLflow writes them, or in camelCase, as OTLP does. Throws
 * `INVALID_PARAMETER_VALUE` for what is none.
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

/** By the name of the field; undefined for a value that the field cannot hold. */
type ReadValue = (value: unknown, depth: number) => AttributeValue | undefined;

const readText: ReadValue = (value) => (typeof value === "string" ? value : undefined);
const readBool: ReadValue = (value) => (typeof value === "boolean" ? value : undefined);
const readBytes: ReadValue = (value) => (typeof value === "string" ? bytesFromBase64(value) : undefined);

const readInt: ReadValue = (value) => {
  const isInt = Number.isSafeInteger(value) || (typeof value === "string" && /^-?\d{1,19}$/.test(value));
  if (!isInt) return undefined;
  const int = BigInt(value as string | number); // One of the two, says the line above.
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

/** For both readers, of JSON and of bytes. */
export function tooDeep(): AppError {
  return new AppError(
    "INVALID_PARAMETER_VALUE",
    `a span's attribute must not be nested deeper than ${LIMITS.attributeDepthMax} levels`,
  );
}

const SHOWN_CHARS_MAX = 100; // Enough to recognise a value, short enough for one line.

function invalidValue(raw: unknown): AppError {
  const text = JSON.stringify(raw).slice(0, SHOWN_CHARS_MAX);
  return new AppError("INVALID_PARAMETER_VALUE", `Invalid value ${text} of a span's attribute`);
}
