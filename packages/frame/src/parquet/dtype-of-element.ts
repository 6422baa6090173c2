import type { FileMetaData, ParquetParsers, SchemaTree } from "hyparquet";
import type { Dtype } from "../column.ts";

/** The dtype for a parquet column; undefined for types that a frame does not support. */
export function dtypeOfElement({ element, children }: SchemaTree): Dtype | undefined {
  if (children.length > 0 || element.repetition_type === "REPEATED") return undefined;
  const meaning = element.logical_type?.type ?? element.converted_type;
  if (meaning === "DECIMAL") return "float64";
  switch (element.type) {
    case "BOOLEAN":
      return "boolean";
    case "INT32":
      if (meaning === "DATE") return "date";
      return isInteger(meaning) ? int32Dtype(element) : undefined;
    case "INT64":
      if (isTimestamp(meaning)) return "datetime";
      return isInteger(meaning) ? "int64" : undefined;
    case "INT96": // Used only for timestamps, by Impala, Hive and Spark.
      return "datetime";
    case "FLOAT":
      return "float32";
    case "DOUBLE":
      return "float64";
    case "BYTE_ARRAY":
      return isText(meaning) ? "string" : undefined;
    case "FIXED_LEN_BYTE_ARRAY":
      return meaning === "FLOAT16" ? "float32" : undefined;
    default:
      return undefined;
  }
}

/** Describes a parquet column's type in messages. */
export function describeElement({ element, children }: SchemaTree): string {
  if (children.length > 0 || element.repetition_type === "REPEATED") return "nested";
  return element.logical_type?.type ?? element.converted_type ?? element.type ?? "unknown";
}

/** The number of decimal places of a decimal column; undefined for other columns. */
export function decimalScale({ element }: SchemaTree): number | undefined {
  const isDecimal = element.logical_type?.type === "DECIMAL" || element.converted_type === "DECIMAL";
  return isDecimal ? (element.scale ?? 0) : undefined;
}

/**
 * The text columns that were categories in pandas, according to its metadata ("pandas" in the file's key-value pairs).
 */
export function pandasCategories(metadata: FileMetaData): ReadonlySet<string> {
  const text = metadata.key_value_metadata?.find(({ key }) => key === "pandas")?.value;
  try {
    const about: { columns?: { field_name?: string; pandas_type?: string }[] } = JSON.parse(text ?? "{}");
    const categorical = about.columns?.filter((column) => column.pandas_type === "categorical") ?? [];
    return new Set(categorical.flatMap((column) => column.field_name ?? []));
  } catch {
    return new Set(); // Ignore metadata that cannot be parsed; the data may still be fine.
  }
}

/** Parses dates and timestamps to the numbers stored in a frame instead of objects. */
export const NUMBER_PARSERS: Partial<ParquetParsers> = {
  dateFromDays: (days: number) => days,
  timestampFromMilliseconds: (ms: bigint) => Number(ms),
  timestampFromMicroseconds: (us: bigint) => Number(us) / 1000,
  timestampFromNanoseconds: (ns: bigint) => Number(ns / 1000n) / 1000,
};

/** Unsigned 32-bit integers do not fit in an Int32Array. */
function int32Dtype({ logical_type: logical, converted_type: converted }: SchemaTree["element"]): Dtype {
  const unsigned32 = logical?.type === "INTEGER" && logical.bitWidth === 32 && !logical.isSigned;
  return unsigned32 || converted === "UINT_32" ? "int64" : "int32";
}

function isInteger(meaning: string | undefined): boolean {
  return meaning === undefined || meaning === "INTEGER" || /^U?INT_\d+$/.test(meaning);
}

function isTimestamp(meaning: string | undefined): boolean {
  return meaning === "TIMESTAMP" || meaning === "TIMESTAMP_MILLIS" || meaning === "TIMESTAMP_MICROS";
}

/** Older writers do not annotate text columns. */
function isText(meaning: string | undefined): boolean {
  return meaning === undefined || meaning === "STRING" || meaning === "UTF8" || meaning === "ENUM";
}
