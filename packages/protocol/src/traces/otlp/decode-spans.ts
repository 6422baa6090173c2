import { LIMITS } from "../../limits.ts";
import { type Attributes, type AttributeValue, tooDeep, hexOf } from "../wire-values.ts";
import type { Span, SpanBatch, SpanEvent, SpanLink, SpanStatus, SpanStatusCode } from "../span.ts";
import { checkedSpan, OtlpBudget } from "./otlp-json.ts";
import { ProtobufReader } from "./protobuf-reader.ts";

/*
 * Field numbers are those of opentelemetry-proto 1 (https://github.com/open-telemetry/opentelemetry-proto): its files
 * collector/trace/v1/trace_service, trace/v1/trace, common/v1/common and resource/v1/resource.
 */

/**
 * Decodes the body of an OTLP export, an `ExportTraceServiceRequest`. Throws `MALFORMED_REQUEST` if it is not one and
 * `INVALID_PARAMETER_VALUE` if it exceeds the limits. Fields that MLflow does not store are skipped: scopes, kinds,
 * states.
 */
export function decodeSpans(body: Uint8Array): readonly SpanBatch[] {
  const reader = new ProtobufReader(body);
  const budget = new OtlpBudget();
  const batches: SpanBatch[] = [];
  while (reader.nextField()) {
    if (reader.field === 1) batches.push(readBatch(reader.message(), budget));
    else reader.skip();
  }
  return batches;
}

function readBatch(reader: ProtobufReader, budget: OtlpBudget): SpanBatch {
  const resource = new Map<string, AttributeValue>();
  const spans: Span[] = [];
  while (reader.nextField()) {
    if (reader.field === 1) readResource(reader.message(), resource, budget);
    else if (reader.field === 2) readScope(reader.message(), spans, budget);
    else reader.skip();
  }
  return { resource, spans };
}

function readResource(
  reader: ProtobufReader,
  resource: Map<string, AttributeValue>,
  budget: OtlpBudget,
): void {
  while (reader.nextField()) {
    if (reader.field === 1) readAttribute(reader.message(), resource, { budget, depth: 0 });
    else reader.skip();
  }
}

function readScope(reader: ProtobufReader, spans: Span[], budget: OtlpBudget): void {
  while (reader.nextField()) {
    if (reader.field === 2) spans.push(readSpan(reader.message(), budget));
    else reader.skip();
  }
}

function readSpan(reader: ProtobufReader, budget: OtlpBudget): Span {
  budget.takeSpan();
  const attributes = new Map<string, AttributeValue>();
  const events: SpanEvent[] = [];
  const links: SpanLink[] = [];
  const ids = { trace: "", span: "", parent: "" };
  const times = { start: 0n, end: 0n };
  let name = "";
  let status: SpanStatus = { code: "UNSET", message: "" };
  while (reader.nextField()) {
    if (reader.field === 1) ids.trace = hexOf(reader.bytes());
    else if (reader.field === 2) ids.span = hexOf(reader.bytes());
    else if (reader.field === 4) ids.parent = hexOf(reader.bytes());
    else if (reader.field === 5) name = reader.text();
    else if (reader.field === 7) times.start = reader.fixed64();
    else if (reader.field === 8) times.end = reader.fixed64();
    else if (reader.field === 9) readAttribute(reader.message(), attributes, { budget, depth: 0 });
    else if (reader.field === 11) events.push(readEvent(reader.message(), budget));
    else if (reader.field === 13) links.push(readLink(reader.message(), budget));
    else if (reader.field === 15) status = readStatus(reader.message());
    else reader.skip();
  }
  return checkedSpan({
    otelTraceId: ids.trace,
    spanId: ids.span,
    ...(ids.parent !== "" && { parentSpanId: ids.parent }),
    name,
    startTimeUnixNano: times.start,
    ...(times.end !== 0n && { endTimeUnixNano: times.end }),
    status,
    attributes,
    events,
    links,
  });
}

function readEvent(reader: ProtobufReader, budget: OtlpBudget): SpanEvent {
  budget.takeValue();
  const attributes = new Map<string, AttributeValue>();
  let name = "";
  let timeUnixNano = 0n;
  while (reader.nextField()) {
    if (reader.field === 1) timeUnixNano = reader.fixed64();
    else if (reader.field === 2) name = reader.text();
    else if (reader.field === 3) readAttribute(reader.message(), attributes, { budget, depth: 0 });
    else reader.skip();
  }
  return { name, timeUnixNano, attributes };
}

function readLink(reader: ProtobufReader, budget: OtlpBudget): SpanLink {
  budget.takeValue();
  const attributes = new Map<string, AttributeValue>();
  let otelTraceId = "";
  let spanId = "";
  while (reader.nextField()) {
    if (reader.field === 1) otelTraceId = hexOf(reader.bytes());
    else if (reader.field === 2) spanId = hexOf(reader.bytes());
    else if (reader.field === 4) readAttribute(reader.message(), attributes, { budget, depth: 0 });
    else reader.skip();
  }
  return { otelTraceId, spanId, attributes };
}

const STATUS_CODES: readonly SpanStatusCode[] = ["UNSET", "OK", "ERROR"];

function readStatus(reader: ProtobufReader): SpanStatus {
  let code: SpanStatusCode = "UNSET";
  let message = "";
  while (reader.nextField()) {
    if (reader.field === 2) message = reader.text();
    else if (reader.field === 3) code = STATUS_CODES[Number(reader.varint())] ?? "UNSET";
    else reader.skip();
  }
  return { code, message };
}

type Nesting = { readonly budget: OtlpBudget; readonly depth: number };

function readAttribute(
  reader: ProtobufReader,
  attributes: Map<string, AttributeValue>,
  nesting: Nesting,
): void {
  let key = "";
  let value: AttributeValue = null;
  while (reader.nextField()) {
    if (reader.field === 1) key = reader.text();
    else if (reader.field === 2) value = readValue(reader.message(), nesting);
    else reader.skip();
  }
  attributes.set(key, value);
}

function readValue(reader: ProtobufReader, { budget, depth }: Nesting): AttributeValue {
  if (depth > LIMITS.attributeDepthMax) throw tooDeep();
  budget.takeValue();
  let value: AttributeValue = null;
  while (reader.nextField()) {
    if (reader.field === 1) value = reader.text();
    else if (reader.field === 2) value = reader.varint() !== 0n;
    else if (reader.field === 3) value = BigInt.asIntN(64, reader.varint());
    else if (reader.field === 4) value = reader.double();
    else if (reader.field === 5) value = readList(reader.message(), { budget, depth: depth + 1 });
    else if (reader.field === 6) value = readMap(reader.message(), { budget, depth: depth + 1 });
    else if (reader.field === 7) value = reader.bytes();
    else reader.skip();
  }
  return value;
}

function readList(reader: ProtobufReader, nesting: Nesting): readonly AttributeValue[] {
  const values: AttributeValue[] = [];
  while (reader.nextField()) {
    if (reader.field === 1) values.push(readValue(reader.message(), nesting));
    else reader.skip();
  }
  return values;
}

function readMap(reader: ProtobufReader, nesting: Nesting): Attributes {
  const entries = new Map<string, AttributeValue>();
  while (reader.nextField()) {
    if (reader.field === 1) readAttribute(reader.message(), entries, nesting);
    else reader.skip();
  }
  return entries;
}
