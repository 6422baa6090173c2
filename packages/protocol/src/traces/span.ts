import { z } from "zod";
import { message, repeated, uint64Text } from "../forms.ts";
import {
  type Attributes,
  attributesFromWire,
  attributesSchema,
  attributesToWire,
  base64Of,
  bytesFromBase64,
  bytesFromHex,
  hexOf,
} from "./wire-values.ts";

/** A span of a trace, as in OpenTelemetry. Ids are hex: 32 digits for a trace, 16 for a span. */
export type Span = {
  readonly otelTraceId: string;
  readonly spanId: string;
  /** Absent for the root span. */
  readonly parentSpanId?: string | undefined;
  readonly name: string;
  readonly startTimeUnixNano: bigint;
  /** Absent while the span is open. */
  readonly endTimeUnixNano?: bigint | undefined;
  readonly status: SpanStatus;
  readonly attributes: Attributes;
  readonly events: readonly SpanEvent[];
  readonly links: readonly SpanLink[];
};

/** How a span ended; the message describes an error. */
export type SpanStatus = { readonly code: SpanStatusCode; readonly message: string };
/** OpenTelemetry's status codes. `UNSET` says nothing about how the span ended. */
export type SpanStatusCode = "UNSET" | "OK" | "ERROR";

/** An event during a span. Times are UTC nanoseconds. */
export type SpanEvent = {
  readonly name: string;
  readonly timeUnixNano: bigint;
  readonly attributes: Attributes;
};

/** A link to a related span of this or another trace. */
export type SpanLink = {
  readonly otelTraceId: string;
  readonly spanId: string;
  readonly attributes: Attributes;
};

/** Spans of one sender, which `resource` describes. */
export type SpanBatch = { readonly resource: Attributes; readonly spans: readonly Span[] };

/** Attributes with a meaning in MLflow (`SpanAttributeKey` in `mlflow/tracing/constant.py`). */
export const SPAN_ATTRIBUTES = {
  requestId: "mlflow.traceRequestId",
  inputs: "mlflow.spanInputs",
  outputs: "mlflow.spanOutputs",
  spanType: "mlflow.spanType",
  /** Followed by the key of a tag of the trace. */
  traceTagPrefix: "mlflow.traceTag.",
} as const;

const STATUS_CODES = ["STATUS_CODE_UNSET", "STATUS_CODE_OK", "STATUS_CODE_ERROR"] as const;

const statusSchema = z.object({
  code: z.enum(STATUS_CODES).default("STATUS_CODE_UNSET"),
  message: z.string().default(""),
});
const eventSchema = z.object({
  name: z.string().default(""),
  time_unix_nano: uint64Text.default("0"),
  attributes: attributesSchema,
});
const linkSchema = z.object({ trace_id: z.string(), span_id: z.string(), attributes: attributesSchema });

/** A span in protobuf's JSON encoding: ids in base64; times as text, since they exceed the precision of a double. */
export const spanSchema = z.object({
  trace_id: z.string(),
  span_id: z.string(),
  parent_span_id: z.string().default(""),
  name: z.string().default(""),
  start_time_unix_nano: uint64Text.default("0"),
  end_time_unix_nano: uint64Text.default("0"),
  status: message(statusSchema),
  attributes: attributesSchema,
  events: repeated(eventSchema),
  links: repeated(linkSchema),
});
/** A span in MLflow's REST API: OpenTelemetry's span in protobuf's JSON encoding. */
export type SpanWire = z.input<typeof spanSchema>;
type SpanParsed = z.output<typeof spanSchema>;

/** Converts a span to its wire form: ids in base64, times in nanoseconds as text. */
export function spanToWire(span: Span): SpanWire {
  const { parentSpanId, endTimeUnixNano, status, events, links } = span;
  return {
    trace_id: base64FromHex(span.otelTraceId),
    span_id: base64FromHex(span.spanId),
    ...(parentSpanId !== undefined && { parent_span_id: base64FromHex(parentSpanId) }),
    name: span.name,
    start_time_unix_nano: String(span.startTimeUnixNano),
    ...(endTimeUnixNano !== undefined && { end_time_unix_nano: String(endTimeUnixNano) }),
    status: { code: `STATUS_CODE_${status.code}`, ...(status.message !== "" && { message: status.message }) },
    attributes: attributesToWire(span.attributes),
    ...(events.length > 0 && { events: events.map(eventToWire) }),
    ...(links.length > 0 && { links: links.map(linkToWire) }),
  };
}

function eventToWire({ name, timeUnixNano, attributes }: SpanEvent): z.input<typeof eventSchema> {
  return { name, time_unix_nano: String(timeUnixNano), attributes: attributesToWire(attributes) };
}

function linkToWire({ otelTraceId, spanId, attributes }: SpanLink): z.input<typeof linkSchema> {
  return {
    trace_id: base64FromHex(otelTraceId),
    span_id: base64FromHex(spanId),
    attributes: attributesToWire(attributes),
  };
}

/** Converts a span from its wire form. */
export function spanFromWire(wire: SpanParsed): Span {
  const endTimeUnixNano = BigInt(wire.end_time_unix_nano);
  return {
    otelTraceId: hexFromBase64(wire.trace_id),
    spanId: hexFromBase64(wire.span_id),
    ...(wire.parent_span_id !== "" && { parentSpanId: hexFromBase64(wire.parent_span_id) }),
    name: wire.name,
    startTimeUnixNano: BigInt(wire.start_time_unix_nano),
    ...(endTimeUnixNano !== 0n && { endTimeUnixNano }),
    status: { code: STATUS_BY_WIRE[wire.status.code], message: wire.status.message },
    attributes: attributesFromWire(wire.attributes),
    events: wire.events.map((event) => ({
      name: event.name,
      timeUnixNano: BigInt(event.time_unix_nano),
      attributes: attributesFromWire(event.attributes),
    })),
    links: wire.links.map((link) => ({
      otelTraceId: hexFromBase64(link.trace_id),
      spanId: hexFromBase64(link.span_id),
      attributes: attributesFromWire(link.attributes),
    })),
  };
}

const STATUS_BY_WIRE = {
  STATUS_CODE_UNSET: "UNSET",
  STATUS_CODE_OK: "OK",
  STATUS_CODE_ERROR: "ERROR",
} as const;

function base64FromHex(hex: string): string {
  return base64Of(bytesFromHex(hex));
}

function hexFromBase64(base64: string): string {
  return hexOf(bytesFromBase64(base64));
}
