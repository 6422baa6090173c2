import { invalid } from "@flightdeck/core";
import type { Dtype } from "@flightdeck/frame";
import type { Label } from "../signature/predictions.ts";
import type { ColumnType } from "../signature/signature.ts";

/** The protocol's element types that we support. */
export const DATATYPES = [
  "BOOL",
  "UINT8",
  "UINT16",
  "UINT32",
  "UINT64",
  "INT8",
  "INT16",
  "INT32",
  "INT64",
  "FP32",
  "FP64",
  "BYTES",
] as const;
export type Datatype = (typeof DATATYPES)[number];

/** An array in row-major order. */
export type InferTensor = {
  readonly name: string;
  readonly datatype: Datatype;
  readonly shape: readonly number[];
  readonly values: readonly Label[];
};

/** The number of elements in an array of this shape. */
export function elementCount(shape: readonly number[]): number {
  return shape.reduce((product, length) => product * length, 1);
}

/** The protocol datatype of each column type, for inputs and outputs. */
export const DATATYPE_OF_COLUMN: Readonly<Record<ColumnType, Datatype>> = {
  boolean: "BOOL",
  integer: "INT32",
  long: "INT64",
  float: "FP32",
  double: "FP64",
  string: "BYTES",
  binary: "BYTES",
  datetime: "BYTES",
};

/** The dtype of a frame column that holds each datatype. */
export const DTYPE_OF_DATATYPE: Readonly<
  Record<Datatype, Extract<Dtype, "boolean" | "float32" | "float64" | "string">>
> = {
  BOOL: "boolean",
  UINT8: "float64",
  UINT16: "float64",
  UINT32: "float64",
  UINT64: "float64",
  INT8: "float64",
  INT16: "float64",
  INT32: "float64",
  INT64: "float64",
  FP32: "float32",
  FP64: "float64",
  BYTES: "string",
};

const DATATYPE_OF_NUMPY: ReadonlyMap<string, Datatype> = new Map([
  ["bool", "BOOL"],
  ["uint8", "UINT8"],
  ["uint16", "UINT16"],
  ["uint32", "UINT32"],
  ["uint64", "UINT64"],
  ["int8", "INT8"],
  ["int16", "INT16"],
  ["int32", "INT32"],
  ["int64", "INT64"],
  ["float32", "FP32"],
  ["float64", "FP64"],
]);

/** Maps NumPy's dtype to a datatype. Anything that is not a number becomes BYTES. */
export function datatypeOfNumpy(dtype: string): Datatype {
  return DATATYPE_OF_NUMPY.get(dtype) ?? "BYTES";
}

type Codec = {
  readonly bytes: number;
  readonly read: (view: DataView, at: number) => number | bigint | boolean;
  readonly write: (view: DataView, at: number, value: number) => void;
};

/** Reads and writes elements in the binary extension's format: little-endian. BYTES elements are length-prefixed. */
const CODECS: Readonly<Record<Exclude<Datatype, "BYTES">, Codec>> = {
  BOOL: { bytes: 1, read: (view, at) => view.getUint8(at) !== 0, write: (v, at, x) => v.setUint8(at, x) },
  UINT8: { bytes: 1, read: (view, at) => view.getUint8(at), write: (v, at, x) => v.setUint8(at, x) },
  UINT16: { bytes: 2, read: (v, at) => v.getUint16(at, true), write: (v, at, x) => v.setUint16(at, x, true) },
  UINT32: { bytes: 4, read: (v, at) => v.getUint32(at, true), write: (v, at, x) => v.setUint32(at, x, true) },
  UINT64: {
    bytes: 8,
    read: (v, at) => v.getBigUint64(at, true),
    write: (v, at, x) => v.setBigUint64(at, BigInt(x), true),
  },
  INT8: { bytes: 1, read: (view, at) => view.getInt8(at), write: (v, at, x) => v.setInt8(at, x) },
  INT16: { bytes: 2, read: (v, at) => v.getInt16(at, true), write: (v, at, x) => v.setInt16(at, x, true) },
  INT32: { bytes: 4, read: (v, at) => v.getInt32(at, true), write: (v, at, x) => v.setInt32(at, x, true) },
  INT64: {
    bytes: 8,
    read: (v, at) => v.getBigInt64(at, true),
    write: (v, at, x) => v.setBigInt64(at, BigInt(x), true),
  },
  FP32: { bytes: 4, read: (v, at) => v.getFloat32(at, true), write: (v, at, x) => v.setFloat32(at, x, true) },
  FP64: { bytes: 8, read: (v, at) => v.getFloat64(at, true), write: (v, at, x) => v.setFloat64(at, x, true) },
};

/** Each BYTES element starts with a four-byte length. */
const LENGTH_BYTES = 4;

/** Decodes a binary tensor. Throws `INVALID_PARAMETER_VALUE` unless the number of elements matches its shape. */
export function decodeElements(bytes: Buffer, datatype: Datatype, count: number): Label[] {
  if (datatype === "BYTES") return decodeTexts(bytes, count);
  const { bytes: size, read } = CODECS[datatype];
  if (bytes.length !== count * size) throw wrongLength(datatype, count, bytes.length);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  return Array.from({ length: count }, (_, i) => {
    const value = read(view, i * size);
    return typeof value === "bigint" ? safeNumber(value) : value;
  });
}

function decodeTexts(bytes: Buffer, count: number): string[] {
  const texts: string[] = [];
  let at = 0;
  while (at + LENGTH_BYTES <= bytes.length) {
    const end = at + LENGTH_BYTES + bytes.readUInt32LE(at);
    if (end > bytes.length) break;
    texts.push(bytes.toString("utf8", at + LENGTH_BYTES, end));
    at = end;
  }
  if (at !== bytes.length || texts.length !== count) throw wrongLength("BYTES", count, bytes.length);
  return texts;
}

function safeNumber(value: bigint): number {
  const number = Number(value);
  if (Number.isSafeInteger(number)) return number;
  throw invalid(`64-bit whole numbers must be within ±2^53, got ${value}`);
}

/**
 * Encodes a tensor's elements as binary. Throws `INVALID_PARAMETER_VALUE` for a value that its type cannot hold, such as
 * a missing one among whole numbers, which JSON writes as null.
 */
export function encodeElements({ name, datatype, values }: InferTensor): Buffer {
  if (datatype === "BYTES") {
    return Buffer.concat(
      values.flatMap((value) => {
        const text = Buffer.from(String(value));
        const length = Buffer.alloc(LENGTH_BYTES);
        length.writeUInt32LE(text.length);
        return [length, text];
      }),
    );
  }
  const { bytes: size, write } = CODECS[datatype];
  const bytes = Buffer.alloc(values.length * size);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  values.forEach((value, i) => {
    const number = Number(value);
    if (!datatype.startsWith("FP") && !Number.isInteger(number)) {
      throw invalid(`${name} contains ${value}, which binary ${datatype} cannot hold; request it as JSON`);
    }
    write(view, i * size, number);
  });
  return bytes;
}

function wrongLength(datatype: Datatype, count: number, got: number): Error {
  return invalid(`the binary data of ${count} × ${datatype} has a wrong length, got ${got} bytes`);
}
