import type { Span, SpanBatch, Tag, TraceInfo } from "@flightdeck/protocol";
import type { TraceStore } from "../traces/trace-store.ts";
import type { TrackingStore } from "../tracking/tracking-store.ts";
import { texts } from "./helpers.ts";

/** The start of traces and spans in tests: 2023-11-14, 22:13:20 UTC. */
export const START_MS = 1_700_000_000_000;

/** A root span that takes half a second by default. Its ids are derived from `number`. */
export function span(number: number, rest: Partial<Span> = {}): Span {
  return {
    otelTraceId: `a${number.toString(16).padStart(31, "0")}`,
    spanId: `b${number.toString(16).padStart(15, "0")}`,
    name: `span ${number}`,
    startTimeUnixNano: BigInt(START_MS) * 1_000_000n,
    endTimeUnixNano: BigInt(START_MS + 500) * 1_000_000n,
    status: { code: "OK", message: "" },
    attributes: new Map(),
    events: [],
    links: [],
    ...rest,
  };
}

/** A child of another span. */
export function childOf(parent: Span, number: number, rest: Partial<Span> = {}): Span {
  return span(number, { otelTraceId: parent.otelTraceId, parentSpanId: parent.spanId, ...rest });
}

export function traceIdOf({ otelTraceId }: Span): string {
  return `tr-${otelTraceId}`;
}

export function batch(...spans: readonly Span[]): readonly SpanBatch[] {
  return [{ resource: new Map(), spans }];
}

/** A successful trace of the default experiment. */
export function traceInfo(
  traceId: string,
  { tags = {}, metadata = {}, ...rest }: TraceContents = {},
): TraceInfo {
  return {
    traceId,
    experimentId: "0",
    requestTimeMs: START_MS,
    executionDurationMs: 500,
    state: "OK",
    assessments: [],
    ...rest,
    traceMetadata: texts(metadata),
    tags: texts(tags),
  };
}

export type TraceContents = Partial<Omit<TraceInfo, "tags" | "traceMetadata">> & {
  readonly tags?: Readonly<Record<string, string>> | undefined;
  readonly metadata?: Readonly<Record<string, string>> | undefined;
};

/** A span as the store returns it, with MLflow's trace id in its attributes. */
export function stored(original: Span): Span {
  const attributes = new Map([...original.attributes, ["mlflow.traceRequestId", traceIdOf(original)]]);
  return { ...original, attributes };
}

export function textOf(tags: readonly Tag[], key: string): string | undefined {
  return tags.find((tag) => tag.key === key)?.value;
}

/** Reads all pages of a search and returns the ids. */
export async function searchIds(
  traces: TraceStore,
  input: Parameters<TraceStore["searchTraces"]>[0],
): Promise<readonly string[]> {
  const ids: string[] = [];
  let pageToken: string | undefined;
  do {
    const page = await traces.searchTraces({ ...input, pageToken });
    ids.push(...page.items.map(({ traceId }) => traceId));
    pageToken = page.nextPageToken;
  } while (pageToken !== undefined);
  return ids;
}

/** An empty store with only the default experiment. */
export type TraceTestStore = {
  readonly tracking: TrackingStore;
  readonly traces: TraceStore;
  close(): Promise<void>;
};
