import type { SchemaTree } from "hyparquet";
import type { Dtype } from "../column.ts";

/** The dtype that holds a parquet column without loss; undefined for kinds that a frame does not have. */
export function dtypeOfElement({ element, children }: SchemaTree): Dtype | undefined {
  if (children.length > 0 || element.repetition_type === "REPEATED") return undefined;
  const meaning = element.logical_type?.type ?? element.converted_type;
  if (meaning === "DECIMAL") return "float64";
  switch (element.type) {
    case "BOOLEAN":
      return "boolean";
    case "INT32":
      return isInteger(meaning) ? int32Dtype(element) : undefined;
    case "INT64":
      return isInteger(meaning) ? "int64" : undefined;
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

/** How messages name a parquet column's kind. */
export function describeElement({ element, children }: SchemaTree): string {
  if (children.length > 0 || element.repetition_type === "REPEATED") return "nested";
  return element.logical_type?.type ?? element.converted_type ?? element.type ?? "unknown";
}

/** Unsigned 32-bit integers need more than an Int32Array. */
function int32Dtype({ logical_type: logical, converted_type: converted }: SchemaTree["element"]): Dtype {
  const unsigned32 = logical?.type === "INTEGER" && logical.bitWidth === 32 && !logical.isSigned;
  return unsigned32 || converted === "UINT_32" ? "int64" : "int32";
}

function isInteger(meaning: string | undefined): boolean {
  return meaning === undefined || meaning === "INTEGER" || /^U?INT_\d+$/.test(meaning);
}

/** Older writers leave the meaning of text columns out. */
function isText(meaning: string | undefined): boolean {
  return meaning === undefined || meaning === "STRING" || meaning === "UTF8" || meaning === "ENUM";
}
