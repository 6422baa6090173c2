import { z } from "zod";
import { repeated } from "../scalars.ts";
import { type Span, spanFromWire, spanSchema, spanToWire, type SpanWire } from "./span.ts";
import {
  type TraceInfo,
  traceInfoFromWire,
  traceInfoSchema,
  traceInfoToWire,
  type TraceInfoWire,
} from "./trace-info.ts";

/** A trace with its spans: the root first, then by start. */
export type Trace = { readonly info: TraceInfo; readonly spans: readonly Span[] };

export const traceSchema = z.object({ trace_info: traceInfoSchema, spans: repeated(spanSchema) });
export type TraceWire = { trace_info: TraceInfoWire; spans: SpanWire[] };

export function traceToWire({ info, spans }: Trace): TraceWire {
  return { trace_info: traceInfoToWire(info), spans: spans.map(spanToWire) };
}

export function traceFromWire(wire: z.output<typeof traceSchema>): Trace {
  return { info: traceInfoFromWire(wire.trace_info), spans: wire.spans.map(spanFromWire) };
}
