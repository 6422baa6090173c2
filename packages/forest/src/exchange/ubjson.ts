import { AppError } from "@flightdeck/core";

/** Far more than any model has. */
const DEPTH_MAX = 32;

/** A value of a document. A list of numbers of one declared type is a `Float64Array`. */
export type UbjsonValue =
  | null
  | boolean
  | number
  | string
  | Float64Array
  | readonly UbjsonValue[]
  | { readonly [key: string]: UbjsonValue };

/**
 * Reads Universal Binary JSON, draft 12 (ubjson.org), as written by XGBoost: big-endian numbers, and lists of numbers
 * preceded by type and length. Throws INVALID_PARAMETER_VALUE for anything else. Memory use is proportional to the
 * document's size.
 */
export function readUbjson(bytes: Uint8Array): UbjsonValue {
  const reader = new Reader(bytes);
  const value = reader.value(reader.marker(), 0);
  if (!reader.isAtEnd) throw malformed("data follows its end");
  return value;
}

class Reader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get isAtEnd(): boolean {
    return this.#at === this.#bytes.length;
  }

  marker(): string {
    return String.fromCharCode(this.#view.getUint8(this.#take(1)));
  }

  value(marker: string, depth: number): UbjsonValue {
    if (depth > DEPTH_MAX) throw malformed(`it is nested deeper than ${DEPTH_MAX} levels`);
    switch (marker) {
      case "Z":
        return null;
      case "T":
        return true;
      case "F":
        return false;
      case "S":
        return this.#text();
      case "[":
        return this.#list(depth);
      case "{":
        return this.#object(depth);
      default:
        return this.#number(marker);
    }
  }

  #number(marker: string): number {
    const type = NUMBER_TYPES[marker];
    if (type === undefined) throw malformed(`a value of type "${marker}"`);
    return type.read(this.#view, this.#take(type.size));
  }

  #list(depth: number): UbjsonValue {
    const type = this.#peek() === "$" ? (this.marker(), this.marker()) : undefined;
    if (this.#peek() === "#") {
      this.marker();
      const count = this.#count();
      return type === undefined ? this.#values(count, depth) : this.#numbers(type, count);
    }
    if (type !== undefined) throw malformed("a list with a type and without a length");
    const values: UbjsonValue[] = [];
    for (let marker = this.marker(); marker !== "]"; marker = this.marker())
      values.push(this.value(marker, depth + 1));
    return values;
  }

  /** Each value takes at least one byte, so the length is checked before the list grows. */
  #values(count: number, depth: number): UbjsonValue[] {
    const values: UbjsonValue[] = [];
    for (let i = 0; i < count; i++) values.push(this.value(this.marker(), depth + 1));
    return values;
  }

  #numbers(marker: string, count: number): Float64Array {
    const type = NUMBER_TYPES[marker];
    if (type === undefined) throw malformed(`a list of type "${marker}"`);
    const start = this.#take(count * type.size);
    const values = new Float64Array(count);
    for (let i = 0; i < count; i++) values[i] = type.read(this.#view, start + i * type.size);
    return values;
  }

  #object(depth: number): UbjsonValue {
    const entries: [string, UbjsonValue][] = [];
    while (this.#peek() !== "}") {
      const key = this.#text();
      entries.push([key, this.value(this.marker(), depth + 1)]);
    }
    this.marker();
    return Object.fromEntries(entries);
  }

  #text(): string {
    const length = this.#count();
    const start = this.#take(length);
    return new TextDecoder().decode(this.#bytes.subarray(start, start + length));
  }

  #count(): number {
    const marker = this.marker();
    const count = "iUIlL".includes(marker) ? this.#number(marker) : -1;
    if (!(count >= 0 && count <= this.#bytes.length))
      throw malformed("a length that is invalid or beyond its end");
    return count;
  }

  #peek(): string {
    return String.fromCharCode(this.#bytes[this.#at] ?? 0);
  }

  /** Consumes that many bytes and returns where they begin. */
  #take(length: number): number {
    const start = this.#at;
    if (start + length > this.#bytes.length) throw malformed("it is cut off");
    this.#at = start + length;
    return start;
  }
}

type NumberType = { readonly size: number; readonly read: (view: DataView, at: number) => number };

const NUMBER_TYPES: Readonly<Record<string, NumberType>> = {
  i: { size: 1, read: (view, at) => view.getInt8(at) },
  U: { size: 1, read: (view, at) => view.getUint8(at) },
  I: { size: 2, read: (view, at) => view.getInt16(at) },
  l: { size: 4, read: (view, at) => view.getInt32(at) },
  L: { size: 8, read: (view, at) => Number(view.getBigInt64(at)) },
  d: { size: 4, read: (view, at) => view.getFloat32(at) },
  D: { size: 8, read: (view, at) => view.getFloat64(at) },
};

function malformed(what: string): AppError {
  return new AppError("INVALID_PARAMETER_VALUE", `this is not a UBJSON document: ${what}`);
}
