import { type Attributes, type AttributeValue, bytesFromHex } from "../wire-values.ts";
import type { Span, SpanBatch, SpanStatusCode } from "../span.ts";

/* Encodes OTLP as senders do, as input for tests of the decoder. Field numbers as in `decode-spans.ts`. */

type Bytes = readonly number[];

export function encodeSpans(batches: readonly SpanBatch[]): Uint8Array {
  return Uint8Array.from(batches.flatMap((batch) => message(1, encodeBatch(batch))));
}

function encodeBatch({ resource, spans }: SpanBatch): Bytes {
  return [
    ...message(1, encodeAttributes(1, resource)),
    ...message(
      2,
      spans.flatMap((span) => message(2, encodeSpan(span))),
    ),
  ];
}

const STATUS_CODES: readonly SpanStatusCode[] = ["UNSET", "OK", "ERROR"];

function encodeSpan(span: Span): Bytes {
  const { status, events, links, parentSpanId = "", endTimeUnixNano = 0n } = span;
  return [
    ...id(1, span.otelTraceId),
    ...id(2, span.spanId),
    ...id(4, parentSpanId),
    ...text(5, span.name),
    ...fixed64(7, span.startTimeUnixNano),
    ...fixed64(8, endTimeUnixNano),
    ...encodeAttributes(9, span.attributes),
    ...events.flatMap((event) =>
      message(11, [
        ...fixed64(1, event.timeUnixNano),
        ...text(2, event.name),
        ...encodeAttributes(3, event.attributes),
      ]),
    ),
    ...links.flatMap((link) =>
      message(13, [
        ...id(1, link.otelTraceId),
        ...id(2, link.spanId),
        ...encodeAttributes(4, link.attributes),
      ]),
    ),
    ...message(15, [...text(2, status.message), ...varint(3, BigInt(STATUS_CODES.indexOf(status.code)))]),
  ];
}

function encodeAttributes(field: number, attributes: Attributes): Bytes {
  return [...attributes].flatMap(([key, value]) =>
    message(field, [...text(1, key), ...message(2, encodeValue(value))]),
  );
}

function encodeValue(value: AttributeValue): Bytes {
  if (value === null) return [];
  if (typeof value === "string") return text(1, value);
  if (typeof value === "boolean") return varint(2, value ? 1n : 0n);
  if (typeof value === "bigint") return varint(3, BigInt.asUintN(64, value));
  if (typeof value === "number") return double(4, value);
  if (value instanceof Uint8Array) return message(7, [...value]);
  if (value instanceof Map) return message(6, encodeAttributes(1, value));
  const items = value as readonly AttributeValue[]; // The only remaining type.
  return message(
    5,
    items.flatMap((item) => message(1, encodeValue(item))),
  );
}

/** A length-delimited field: a message, a string or bytes. */
export function message(field: number, bytes: Bytes): Bytes {
  return [...varintBytes(BigInt(field * 8 + 2)), ...varintBytes(BigInt(bytes.length)), ...bytes];
}

function text(field: number, value: string): Bytes {
  return message(field, [...new TextEncoder().encode(value)]);
}

function id(field: number, hex: string): Bytes {
  return message(field, [...bytesFromHex(hex)]);
}

function varint(field: number, value: bigint): Bytes {
  return [...varintBytes(BigInt(field * 8)), ...varintBytes(value)];
}

function fixed64(field: number, value: bigint): Bytes {
  const bytes = new DataView(new ArrayBuffer(8));
  bytes.setBigUint64(0, value, true);
  return [...varintBytes(BigInt(field * 8 + 1)), ...new Uint8Array(bytes.buffer)];
}

function double(field: number, value: number): Bytes {
  const bytes = new DataView(new ArrayBuffer(8));
  bytes.setFloat64(0, value, true);
  return [...varintBytes(BigInt(field * 8 + 1)), ...new Uint8Array(bytes.buffer)];
}

function varintBytes(value: bigint): Bytes {
  return value < 128n ? [Number(value)] : [Number(value & 127n) | 128, ...varintBytes(value >> 7n)];
}
