import { AppError } from "@flightdeck/core";

/** Wire types of fields (https://protobuf.dev/programming-guides/encoding/#structure). */
const VARINT = 0;
const FIXED64 = 1;
const LENGTH_DELIMITED = 2;
const FIXED32 = 5;

/** A varint of 64 bits has at most ten bytes. */
const VARINT_BYTES_MAX = 10;
const FIELD_NUMBER_MAX = 2 ** 29 - 1;

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/**
 * Reads one protobuf message field by field from untrusted bytes. Throws `MALFORMED_REQUEST` if they are not valid
 * protobuf. Copies only the strings and bytes that are read.
 *
 * @example
 * ```
 * const reader = new ProtobufReader(bytes);
 * while (reader.nextField()) {
 *   if (reader.field === 1) name = reader.text();
 *   else reader.skip();
 * }
 * ```
 */
export class ProtobufReader {
  /** The number of the current field, whose value is read next. */
  field = 0;
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #wireType = VARINT;
  #position = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** Advances to the next field, whose value must be read or skipped before the next call. Returns false at the end. */
  nextField(): boolean {
    if (this.#position === this.#bytes.length) return false;
    const tag = Number(this.#varint());
    this.field = Math.floor(tag / 8);
    this.#wireType = tag % 8;
    if (this.field < 1 || this.field > FIELD_NUMBER_MAX) throw malformed();
    return true;
  }

  /** Reads an int64, uint64, enum or bool as an unsigned 64-bit value. */
  varint(): bigint {
    this.#expect(VARINT);
    return this.#varint();
  }

  fixed64(): bigint {
    this.#expect(FIXED64);
    return this.#view.getBigUint64(this.#advance(8), true);
  }

  double(): number {
    this.#expect(FIXED64);
    return this.#view.getFloat64(this.#advance(8), true);
  }

  text(): string {
    const bytes = this.#delimited();
    try {
      return utf8.decode(bytes);
    } catch {
      throw malformed();
    }
  }

  bytes(): Uint8Array {
    return this.#delimited().slice();
  }

  message(): ProtobufReader {
    return new ProtobufReader(this.#delimited());
  }

  skip(): void {
    if (this.#wireType === VARINT) this.#varint();
    else if (this.#wireType === FIXED64) this.#advance(8);
    else if (this.#wireType === FIXED32) this.#advance(4);
    else this.#delimited();
  }

  #delimited(): Uint8Array {
    this.#expect(LENGTH_DELIMITED);
    const length = Number(this.#varint());
    const start = this.#advance(length);
    return this.#bytes.subarray(start, start + length);
  }

  #varint(): bigint {
    let low = 0;
    for (let shift = 0; shift < 28; shift += 7) {
      const byte = this.#byte();
      low |= (byte & 0x7f) << shift;
      if (byte < 0x80) return BigInt(low);
    }
    let value = BigInt(low);
    for (let index = 4; index < VARINT_BYTES_MAX; index++) {
      const byte = this.#byte();
      value |= BigInt(byte & 0x7f) << BigInt(7 * index);
      if (byte < 0x80) return BigInt.asUintN(64, value);
    }
    throw malformed();
  }

  #byte(): number {
    return this.#view.getUint8(this.#advance(1));
  }

  /** Skips the bytes and returns the position where they begin. */
  #advance(byteCount: number): number {
    const start = this.#position;
    if (byteCount > this.#bytes.length - start) throw malformed();
    this.#position = start + byteCount;
    return start;
  }

  #expect(wireType: number): void {
    if (this.#wireType !== wireType) throw malformed();
  }
}

function malformed(): AppError {
  return new AppError(
    "MALFORMED_REQUEST",
    "Invalid OpenTelemetry format: the body is not a protobuf message",
  );
}
