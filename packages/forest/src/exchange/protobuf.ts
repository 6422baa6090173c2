import { AppError } from "@flightdeck/core";

/**
 * The wire format of protocol buffers (protobuf.dev/programming-guides/encoding), as far as ONNX files need it. The one
 * library that reads it without generated code does not notice a message that is cut off; this reader checks every end.
 */

/** A field of a message: a number for fixed-size fields and varints, bytes for strings, messages and packed lists. */
export type Field = { readonly number: number; readonly value: number | Uint8Array };

const VARINT_BYTES_MAX = 10;

const WIRE_VARINT = 0;
const WIRE_FIXED64 = 1;
const WIRE_BYTES = 2;
const WIRE_FIXED32 = 5;

/** The fields of a message, in order. Throws INVALID_PARAMETER_VALUE for bytes that are not a message. */
export function* readFields(message: Uint8Array): Generator<Field> {
  const cursor = new Cursor(message);
  while (!cursor.isAtEnd) {
    const tag = cursor.varint();
    const number = Math.floor(tag / 8);
    switch (tag % 8) {
      case WIRE_VARINT:
        yield { number, value: cursor.varint() };
        break;
      case WIRE_FIXED64:
        yield { number, value: cursor.bytes(8) };
        break;
      case WIRE_BYTES:
        yield { number, value: cursor.bytes(cursor.varint()) };
        break;
      case WIRE_FIXED32:
        yield { number, value: cursor.float32() };
        break;
      default:
        throw malformed(`a field of wire type ${tag % 8}`);
    }
  }
}

/** The varints of a packed list, as signed 64-bit integers; those beyond 2^53 are rounded. */
export function readPackedInts(bytes: Uint8Array): number[] {
  const cursor = new Cursor(bytes);
  const values: number[] = [];
  while (!cursor.isAtEnd) values.push(cursor.varint());
  return values;
}

/** The 32-bit floats of a packed list. */
export function readPackedFloats(bytes: Uint8Array): Float32Array {
  if (bytes.length % 4 !== 0) throw malformed(`a list of floats of ${bytes.length} bytes`);
  return new Float32Array(Uint8Array.from(bytes).buffer);
}

/** The bytes of a field as UTF-8 text. */
export function textOf(value: Field["value"]): string {
  if (typeof value === "number") throw malformed("a number where text belongs");
  return new TextDecoder().decode(value);
}

/** The bytes of a field that is a message or a string. */
export function bytesOf(value: Field["value"]): Uint8Array {
  if (typeof value === "number") throw malformed("a number where a message belongs");
  return value;
}

class Cursor {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get isAtEnd(): boolean {
    return this.#at >= this.#bytes.length;
  }

  varint(): number {
    let value = 0;
    for (let i = 0; i < VARINT_BYTES_MAX; i++) {
      const byte = this.#bytes[this.#at++];
      if (byte === undefined) throw malformed("it is cut off");
      value += (byte & 0x7f) * 2 ** (7 * i);
      // Only negative numbers take ten bytes.
      if (byte < 0x80) return i < VARINT_BYTES_MAX - 1 ? value : this.#negative();
    }
    throw malformed("a number of more than ten bytes");
  }

  /** Decodes the number whose ten bytes were just read. */
  #negative(): number {
    let value = 0n;
    for (let i = VARINT_BYTES_MAX; i > 0; i--) {
      value = (value << 7n) | BigInt((this.#bytes[this.#at - VARINT_BYTES_MAX + i - 1] ?? 0) & 0x7f);
    }
    return Number(BigInt.asIntN(64, value));
  }

  bytes(length: number): Uint8Array {
    const end = this.#at + length;
    if (!(length >= 0) || end > this.#bytes.length) throw malformed("it is cut off");
    const part = this.#bytes.subarray(this.#at, end);
    this.#at = end;
    return part;
  }

  float32(): number {
    if (this.#at + 4 > this.#bytes.length) throw malformed("it is cut off");
    const value = this.#view.getFloat32(this.#at, true);
    this.#at += 4;
    return value;
  }
}

/** Builds a message field by field. */
export class MessageWriter {
  readonly #parts: Uint8Array[] = [];

  int(field: number, value: number): this {
    return this.#put(varint(field * 8 + WIRE_VARINT), varint(value));
  }

  float(field: number, value: number): this {
    return this.#put(varint(field * 8 + WIRE_FIXED32), new Uint8Array(Float32Array.of(value).buffer));
  }

  bytes(field: number, value: Uint8Array): this {
    return this.#put(varint(field * 8 + WIRE_BYTES), varint(value.length), value);
  }

  text(field: number, value: string): this {
    return this.bytes(field, new TextEncoder().encode(value));
  }

  message(field: number, message: MessageWriter): this {
    return this.bytes(field, message.finish());
  }

  ints(field: number, values: ArrayLike<number>): this {
    const out = new Uint8Array(values.length * VARINT_BYTES_MAX);
    let at = 0;
    for (let i = 0; i < values.length; i++) at = putVarint(out, at, values[i] ?? 0);
    return this.bytes(field, out.subarray(0, at));
  }

  floats(field: number, values: Float32Array): this {
    return this.bytes(field, new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
  }

  /** Appends fields encoded by another writer. */
  raw(fields: Uint8Array): this {
    return this.#put(fields);
  }

  finish(): Uint8Array<ArrayBuffer> {
    const out = new Uint8Array(this.#parts.reduce((sum, part) => sum + part.length, 0));
    let at = 0;
    for (const part of this.#parts) {
      out.set(part, at);
      at += part.length;
    }
    return out;
  }

  #put(...parts: Uint8Array[]): this {
    for (const part of parts) this.#parts.push(part);
    return this;
  }
}

function varint(value: number): Uint8Array {
  const out = new Uint8Array(VARINT_BYTES_MAX);
  return out.subarray(0, putVarint(out, 0, value));
}

/** Writes a signed 64-bit integer and returns where it ends. */
function putVarint(out: Uint8Array, start: number, value: number): number {
  let at = start;
  let rest = value;
  if (value < 0) {
    let big = BigInt.asUintN(64, BigInt(value));
    for (; big > 0x7fn; big >>= 7n) out[at++] = Number(big & 0x7fn) | 0x80;
    rest = Number(big);
  }
  for (; rest > 0x7f; rest = Math.floor(rest / 0x80)) out[at++] = (rest % 0x80) | 0x80;
  out[at++] = rest;
  return at;
}

function malformed(what: string): AppError {
  return new AppError("INVALID_PARAMETER_VALUE", `this is not a protocol buffer message: ${what}`);
}
