import { AppError } from "@flightdeck/core";
import { z } from "zod";
import { int64, message, repeated, uint64Text } from "../../forms.ts";
import { attributesFromWire, attributesSchema, attributesToWire } from "../wire-values.ts";
import type { Span, SpanBatch, SpanStatusCode } from "../span.ts";
import { LIMITS } from "../../limits.ts";

/* OTLP in JSON (https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding): camelCase names, ids in hex. */

const hexId = z.string().regex(/^(?:[0-9a-fA-F]{2})*$/, "expected hex digits");

const spanSchema = z.object({
  traceId: hexId,
  spanId: hexId,
  parentSpanId: hexId.default(""),
  name: z.string().default(""),
  startTimeUnixNano: uint64Text.default("0"),
  endTimeUnixNano: uint64Text.default("0"),
  status: message(z.object({ code: int64.default(0), message: z.string().default("") })),
  attributes: attributesSchema,
  events: repeated(
    z.object({
      name: z.string().default(""),
      timeUnixNano: uint64Text.default("0"),
      attributes: attributesSchema,
    }),
  ),
  links: repeated(z.object({ traceId: hexId, spanId: hexId, attributes: attributesSchema })),
});
type SpanParsed = z.output<typeof spanSchema>;

const requestSchema = z.object({
  resourceSpans: repeated(
    z.object({
      resource: message(z.object({ attributes: attributesSchema })),
      scopeSpans: repeated(z.object({ spans: repeated(spanSchema) })),
    }),
  ),
});
/** OpenTelemetry's `ExportTraceServiceRequest` in JSON. */
export type OtlpJson = z.input<typeof requestSchema>;

/**
 * Reads an OTLP export from parsed JSON; the size of the JSON bounds the number of values. Throws like `decodeSpans`.
 */
export function spansFromOtlpJson(json: unknown): readonly SpanBatch[] {
  const parsed = requestSchema.safeParse(json);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    const where = issue?.path.map(String).join(".") ?? "";
    throw new AppError("MALFORMED_REQUEST", `Invalid OpenTelemetry format: ${where}: ${issue?.message}`);
  }
  const budget = new OtlpBudget();
  return parsed.data.resourceSpans.map(({ resource, scopeSpans }) => ({
    resource: attributesFromWire(resource.attributes),
    spans: scopeSpans.flatMap(({ spans }) => spans.map((span) => spanFromOtlpJson(span, budget))),
  }));
}

function spanFromOtlpJson(span: SpanParsed, budget: OtlpBudget): Span {
  budget.takeSpan();
  const endTimeUnixNano = BigInt(span.endTimeUnixNano);
  return checkedSpan({
    otelTraceId: span.traceId.toLowerCase(),
    spanId: span.spanId.toLowerCase(),
    ...(span.parentSpanId !== "" && { parentSpanId: span.parentSpanId.toLowerCase() }),
    name: span.name,
    startTimeUnixNano: BigInt(span.startTimeUnixNano),
    ...(endTimeUnixNano !== 0n && { endTimeUnixNano }),
    status: { code: STATUS_CODES[span.status.code] ?? "UNSET", message: span.status.message },
    attributes: attributesFromWire(span.attributes),
    events: span.events.map((event) => ({
      name: event.name,
      timeUnixNano: BigInt(event.timeUnixNano),
      attributes: attributesFromWire(event.attributes),
    })),
    links: span.links.map((link) => ({
      otelTraceId: link.traceId.toLowerCase(),
      spanId: link.spanId.toLowerCase(),
      attributes: attributesFromWire(link.attributes),
    })),
  });
}

const STATUS_CODES: readonly SpanStatusCode[] = ["UNSET", "OK", "ERROR"];

/** Encodes one batch as an OTLP export in JSON. */
export function spansToOtlpJson({ resource, spans }: SpanBatch): OtlpJson {
  return {
    resourceSpans: [
      {
        resource: { attributes: attributesToWire(resource) },
        scopeSpans: [{ spans: spans.map(spanToOtlpJson) }],
      },
    ],
  };
}

function spanToOtlpJson(span: Span): z.input<typeof spanSchema> {
  return {
    traceId: span.otelTraceId,
    spanId: span.spanId,
    parentSpanId: span.parentSpanId,
    name: span.name,
    startTimeUnixNano: String(span.startTimeUnixNano),
    ...(span.endTimeUnixNano !== undefined && { endTimeUnixNano: String(span.endTimeUnixNano) }),
    status: { code: STATUS_CODES.indexOf(span.status.code), message: span.status.message },
    attributes: attributesToWire(span.attributes),
    events: span.events.map((event) => ({
      name: event.name,
      timeUnixNano: String(event.timeUnixNano),
      attributes: attributesToWire(event.attributes),
    })),
    links: span.links.map((link) => ({
      traceId: link.otelTraceId,
      spanId: link.spanId,
      attributes: attributesToWire(link.attributes),
    })),
  };
}

/**
 * Checks that a span's ids are valid in OpenTelemetry, and throws `INVALID_PARAMETER_VALUE` if not. An all-zero parent
 * id means that there is no parent.
 */
export function checkedSpan(span: Span): Span {
  checkId("trace_id", span.otelTraceId, 32);
  checkId("span_id", span.spanId, 16);
  if (span.name.length > LIMITS.spanNameCharsMax) {
    throw invalid(`name must have at most ${LIMITS.spanNameCharsMax} characters, got ${span.name.length}`);
  }
  const { parentSpanId, ...rest } = span;
  if (parentSpanId === undefined || isZero(parentSpanId)) return rest;
  checkId("parent_span_id", parentSpanId, 16);
  return span;
}

function checkId(field: string, id: string, digits: number): void {
  if (id.length === digits && !isZero(id)) return;
  throw invalid(`${field} must have ${digits / 2} bytes that are not all zero, got '${id.slice(0, 64)}'`);
}

function isZero(id: string): boolean {
  return /^0*$/.test(id);
}

function invalid(what: string): AppError {
  return new AppError("INVALID_PARAMETER_VALUE", `Invalid OpenTelemetry span: ${what}`);
}

/** Counts the contents of one request, so that a small body cannot expand to a large amount of memory. */
export class OtlpBudget {
  #spans = 0;
  #values = 0;

  takeSpan(): void {
    this.#spans++;
    if (this.#spans > LIMITS.traceSpansMax) throw tooMany("spans", LIMITS.traceSpansMax);
  }

  /** Counts one value of an attribute, event or link. */
  takeValue(): void {
    this.#values++;
    if (this.#values > LIMITS.otlpValuesMax) throw tooMany("values in attributes", LIMITS.otlpValuesMax);
  }
}

function tooMany(what: string, countMax: number): AppError {
  return new AppError("INVALID_PARAMETER_VALUE", `an OTLP request may hold at most ${countMax} ${what}`);
}
