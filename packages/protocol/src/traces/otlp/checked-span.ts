import { AppError } from "@flightdeck/core";
import { LIMITS } from "../../limits.ts";
import type { Span } from "../span.ts";

/**
 * The span, with ids as OpenTelemetry has them; throws `INVALID_PARAMETER_VALUE` for others. A parent's id of
 * zeros means that there is no parent.
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
