import { AppError, parseUntrustedJson } from "@flightdeck/core";
import { z } from "zod";
import { bool, foreignJson, longText } from "../scalars.ts";
import type { Tag } from "../tag.ts";
import { timestampMs, timestampToWire } from "./protobuf-times.ts";
import { textMapFromWire, textMapSchema, textMapToWire, type TextMapWire } from "./text-map.ts";

/** What somebody, or something, thinks of a trace: feedback on what it did, or what it should have done. */
export type Assessment = {
  /** `a-` and 32 hex digits; empty until the store has given one. */
  readonly assessmentId: string;
  readonly name: string;
  readonly traceId: string;
  /** Of one span instead of the whole trace. */
  readonly spanId?: string;
  readonly source: AssessmentSource;
  readonly createTimeMs: number;
  readonly lastUpdateTimeMs: number;
  readonly value: AssessmentValue;
  readonly rationale?: string;
  /** Sorted by key. */
  readonly metadata: readonly Tag[];
  /** The assessment that this one stands in for. */
  readonly overrides?: string;
  /** False when another one overrides it. */
  readonly valid: boolean;
};

export type AssessmentSource = { readonly sourceType: string; readonly sourceId: string };

/** `value` is any JSON. */
export type AssessmentValue =
  | { readonly kind: "feedback"; readonly value: unknown; readonly error?: AssessmentError }
  | { readonly kind: "expectation"; readonly value: unknown };

export type AssessmentError = {
  readonly errorCode: string;
  readonly errorMessage?: string;
  readonly stackTrace?: string;
};

/** What an update changes; fields that are absent stay. */
export type AssessmentUpdate = {
  readonly name?: string;
  readonly value?: AssessmentValue;
  readonly rationale?: string;
  /** Joins what is there. */
  readonly metadata?: readonly Tag[];
};

const errorSchema = z.object({
  error_code: longText.default(""),
  error_message: longText.optional(),
  stack_trace: longText.optional(),
});
const feedbackSchema = z.object({ value: foreignJson.optional(), error: errorSchema.optional() });
const expectationSchema = z.object({
  value: foreignJson.optional(),
  /** Lists and objects come as the text of their JSON. */
  serialized_value: z
    .object({ serialization_format: longText.default("JSON_FORMAT"), value: longText })
    .optional(),
});

export const assessmentSchema = z.object({
  assessment_id: longText.default(""),
  assessment_name: longText.default(""),
  trace_id: longText.default(""),
  span_id: longText.optional(),
  source: z.prefault(
    z.object({ source_type: longText.default("CODE"), source_id: longText.default("default") }),
    {},
  ),
  create_time: timestampMs.optional(),
  last_update_time: timestampMs.optional(),
  feedback: feedbackSchema.optional(),
  expectation: expectationSchema.optional(),
  rationale: longText.optional(),
  metadata: textMapSchema.optional(),
  overrides: longText.optional(),
  valid: bool.default(true),
});
type AssessmentParsed = z.output<typeof assessmentSchema>;
export type AssessmentWire = {
  assessment_id: string;
  assessment_name: string;
  trace_id: string;
  span_id?: string;
  source: { source_type: string; source_id: string };
  create_time: string;
  last_update_time: string;
  feedback?: z.input<typeof feedbackSchema>;
  expectation?: z.input<typeof expectationSchema>;
  rationale?: string;
  metadata?: TextMapWire;
  overrides?: string;
  valid: boolean;
};

export function assessmentToWire(assessment: Assessment): AssessmentWire {
  const { spanId, source, value, rationale, metadata, overrides } = assessment;
  return {
    assessment_id: assessment.assessmentId,
    assessment_name: assessment.name,
    trace_id: assessment.traceId,
    ...(spanId !== undefined && { span_id: spanId }),
    source: { source_type: source.sourceType, source_id: source.sourceId },
    create_time: timestampToWire(assessment.createTimeMs),
    last_update_time: timestampToWire(assessment.lastUpdateTimeMs),
    ...assessmentValueToWire(value),
    ...(rationale !== undefined && { rationale }),
    ...(metadata.length > 0 && { metadata: textMapToWire(metadata) }),
    ...(overrides !== undefined && { overrides }),
    valid: assessment.valid,
  };
}

export function assessmentValueToWire(
  assessed: AssessmentValue,
): Pick<AssessmentWire, "feedback" | "expectation"> {
  const { kind, value } = assessed;
  if (kind === "feedback") {
    return { feedback: { value, ...(assessed.error && { error: errorToWire(assessed.error) }) } };
  }
  if (typeof value !== "object" || value === null) return { expectation: { value } };
  const serialized = { serialization_format: "JSON_FORMAT", value: JSON.stringify(value) };
  return { expectation: { serialized_value: serialized } };
}

function errorToWire({ errorCode, errorMessage, stackTrace }: AssessmentError): z.input<typeof errorSchema> {
  return {
    error_code: errorCode,
    ...(errorMessage !== undefined && { error_message: errorMessage }),
    ...(stackTrace !== undefined && { stack_trace: stackTrace }),
  };
}

/** Throws `INVALID_PARAMETER_VALUE` for one that is neither feedback nor an expectation. */
export function assessmentFromWire(wire: AssessmentParsed): Assessment {
  const { create_time: createTimeMs = 0, last_update_time: lastUpdateTimeMs = createTimeMs } = wire;
  return {
    assessmentId: wire.assessment_id,
    name: wire.assessment_name,
    traceId: wire.trace_id,
    ...(wire.span_id !== undefined && { spanId: wire.span_id }),
    source: { sourceType: wire.source.source_type, sourceId: wire.source.source_id },
    createTimeMs,
    lastUpdateTimeMs,
    value: assessmentValueFromWire(wire),
    ...(wire.rationale !== undefined && { rationale: wire.rationale }),
    metadata: textMapFromWire(wire.metadata),
    ...(wire.overrides !== undefined && wire.overrides !== "" && { overrides: wire.overrides }),
    valid: wire.valid,
  };
}

export function assessmentValueFromWire({
  feedback,
  expectation,
}: Pick<AssessmentParsed, "feedback" | "expectation">): AssessmentValue {
  if ((feedback === undefined) === (expectation === undefined)) {
    throw new AppError(
      "INVALID_PARAMETER_VALUE",
      "an assessment must have either 'feedback' or 'expectation', and not both",
    );
  }
  if (expectation !== undefined) return { kind: "expectation", value: expectedValue(expectation) };
  const { value = null, error } = feedback ?? {};
  return { kind: "feedback", value, ...(error !== undefined && { error: errorFromWire(error) }) };
}

function expectedValue({ value = null, serialized_value }: z.output<typeof expectationSchema>): unknown {
  if (serialized_value === undefined) return value;
  const parsed = parsedJson(serialized_value.value);
  if (parsed !== undefined && !isDeeperThan(parsed, VALUE_DEPTH_MAX)) return parsed;
  throw new AppError(
    "INVALID_PARAMETER_VALUE",
    `expectation.serialized_value.value must be JSON of at most ${VALUE_DEPTH_MAX} levels`,
  );
}

/** As deep as a request's own JSON may be: what comes within a text must not be worse. */
const VALUE_DEPTH_MAX = 32;

function parsedJson(text: string): unknown {
  try {
    return parseUntrustedJson(text);
  } catch {
    return undefined;
  }
}

function isDeeperThan(value: unknown, depth: number): boolean {
  if (typeof value !== "object" || value === null) return false;
  return depth === 0 || Object.values(value).some((member) => isDeeperThan(member, depth - 1));
}

function errorFromWire(wire: z.output<typeof errorSchema>): AssessmentError {
  return {
    errorCode: wire.error_code,
    ...(wire.error_message !== undefined && { errorMessage: wire.error_message }),
    ...(wire.stack_trace !== undefined && { stackTrace: wire.stack_trace }),
  };
}

/** The update that a mask of field names asks for. Throws `INVALID_PARAMETER_VALUE` for a field that may not change. */
export function assessmentUpdateFromWire(wire: AssessmentParsed, updateMask: string): AssessmentUpdate {
  const fields = updateMask.split(",").map((field) => field.trim().replaceAll(/[A-Z]/g, underscored));
  const wrong = fields.find((field) => !UPDATABLE.includes(field));
  if (wrong !== undefined) {
    const message = `update_mask may name ${UPDATABLE.join(", ")}, got '${wrong}'`;
    throw new AppError("INVALID_PARAMETER_VALUE", message);
  }
  const has = (field: string): boolean => fields.includes(field);
  return {
    ...(has("assessment_name") && { name: wire.assessment_name }),
    ...((has("feedback") || has("expectation")) && { value: assessmentValueFromWire(wire) }),
    ...(has("rationale") && { rationale: wire.rationale ?? "" }),
    ...(has("metadata") && { metadata: textMapFromWire(wire.metadata) }),
  };
}

/** The request that asks for an update: what changes, and the mask that names it. */
export function assessmentUpdateToWire(update: AssessmentUpdate): AssessmentUpdateWire {
  const { name, value, rationale, metadata } = update;
  const mask = [
    ...(name === undefined ? [] : ["assessmentName"]),
    ...(value === undefined ? [] : [value.kind]),
    ...(rationale === undefined ? [] : ["rationale"]),
    ...(metadata === undefined ? [] : ["metadata"]),
  ];
  const assessment = {
    ...(name !== undefined && { assessment_name: name }),
    ...(value !== undefined && assessmentValueToWire(value)),
    ...(rationale !== undefined && { rationale }),
    ...(metadata !== undefined && { metadata: textMapToWire(metadata) }),
  };
  return { assessment, update_mask: mask.join(",") };
}

export type AssessmentUpdateWire = { assessment: z.input<typeof assessmentSchema>; update_mask: string };

const UPDATABLE: readonly string[] = ["assessment_name", "feedback", "expectation", "rationale", "metadata"];

/** protobuf's JSON form writes the names of a mask in camelCase. */
function underscored(letter: string): string {
  return `_${letter.toLowerCase()}`;
}
