import {
  type Attributes,
  type AttributeValue,
  LIMITS,
  type Span,
  SPAN_ATTRIBUTES,
  type Tag,
  type TraceState,
} from "@flightdeck/protocol";
import { truncated } from "../validation/text.ts";
import { TRACE_METADATA } from "./trace-names.ts";

/** What spans tell of the trace that they belong to. */
export type SpanFacts = {
  readonly startMs: number;
  /** Absent while none has ended. */
  readonly endMs?: number;
  /** Absent without the root. */
  readonly state?: TraceState;
  readonly requestPreview?: string;
  readonly responsePreview?: string;
  readonly tags: readonly Tag[];
  readonly metadata: readonly Tag[];
};

/** `spans` has at least one. `resource` describes their sender. */
export function spanFacts(spans: readonly Span[], resource: Attributes): SpanFacts {
  const root = spans.find(({ parentSpanId }) => parentSpanId === undefined);
  const ends = spans.flatMap(({ endTimeUnixNano }) =>
    endTimeUnixNano === undefined ? [] : [milliseconds(endTimeUnixNano)],
  );
  return {
    startMs: earliest(spans.map(({ startTimeUnixNano }) => milliseconds(startTimeUnixNano))),
    ...(ends.length > 0 && { endMs: -earliest(ends.map((end) => -end)) }),
    ...(root !== undefined && rootFacts(root)),
    tags: [...resourceTags(resource), ...(root === undefined ? [] : rootTags(root))],
    metadata: sessionMetadata(spans),
  };
}

/** Of many, which an argument list may not hold. */
function earliest(times: readonly number[]): number {
  return times.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
}

export function milliseconds(unixNano: bigint): number {
  return Number(unixNano / 1_000_000n);
}

function rootFacts({ status, attributes }: Span): Partial<SpanFacts> {
  const request = attributes.get(SPAN_ATTRIBUTES.inputs);
  const response = attributes.get(SPAN_ATTRIBUTES.outputs);
  return {
    state: status.code === "ERROR" ? "ERROR" : "OK",
    ...(request !== undefined && { requestPreview: preview(request) }),
    ...(response !== undefined && { responsePreview: preview(response) }),
  };
}

function preview(value: AttributeValue): string {
  return truncated(attributeText(value), LIMITS.tracePreviewMadeCharsMax);
}

/** What describes the sender is worth searching for, but for OpenTelemetry's own; MLflow's own tags are not for it to set. */
function resourceTags(resource: Attributes): readonly Tag[] {
  return [...resource]
    .filter(([key]) => !key.startsWith("telemetry.sdk.") && !key.startsWith("mlflow."))
    .map(([key, value]) => ({ key, value: attributeText(value) }));
}

function rootTags({ attributes }: Span): readonly Tag[] {
  const prefix = SPAN_ATTRIBUTES.traceTagPrefix;
  return [...attributes]
    .filter(([key]) => key.startsWith(prefix))
    .map(([key, value]) => ({ key: key.slice(prefix.length), value: attributeText(value) }));
}

/** OpenTelemetry's names for who asked, in which conversation. */
const METADATA_BY_ATTRIBUTE = [
  ["gen_ai.conversation.id", TRACE_METADATA.session],
  ["session.id", TRACE_METADATA.session],
  ["user.id", TRACE_METADATA.user],
] as const;

function sessionMetadata(spans: readonly Span[]): readonly Tag[] {
  return spans.flatMap(({ attributes }) =>
    METADATA_BY_ATTRIBUTE.flatMap(([name, key]) => {
      const value = attributes.get(name);
      return value === undefined || value === null ? [] : [{ key, value: attributeText(value) }];
    }),
  );
}

/** A text as it is; anything else as JSON. */
export function attributeText(value: AttributeValue): string {
  return typeof value === "string" ? value : JSON.stringify(value, jsonValue);
}

/** What JSON has no form for. Integers beyond 2^53 are rounded: this is for reading. */
function jsonValue(_key: string, value: unknown): unknown {
  if (typeof value === "bigint") return Number(value);
  if (value instanceof Uint8Array) return Buffer.from(value).toString("base64");
  return value instanceof Map ? Object.fromEntries(value) : value;
}
