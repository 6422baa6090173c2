import { AppError, parseUntrustedJson } from "@flightdeck/core";
import { z } from "zod";
import { bool, foreignJson, longText, type Tag } from "../forms.ts";
import {
  timestampMs,
  timestampToWire,
  textMapFromWire,
  textMapSchema,
  textMapToWire,
  type TextMapWire,
} from "./wire-values.ts";

/** An assessment of a trace by a person, a model or code: feedback, or the expected result. */
export type Assessment = {
  /** `a-` and 32 hex digits; empty until the store assigns one. */
  readonly assessmentId: string;
  readonly name: string;
  readonly traceId: string;
  /** The assessed span, if not the whole trace. */
  readonly spanId?: string | undefined;
  readonly source: AssessmentSource;
  readonly createTimeMs: number;
  readonly lastUpdateTimeMs: number;
  readonly value: AssessmentValue;
  readonly rationale?: string | undefined;
  /** Sorted by key. */
  readonly metadata: readonly Tag[];
  /** The id of the assessment that this one overrides. */
  readonly overrides?: string | undefined;
  /** False if another assessment overrides this one. */
  readonly valid: boolean;
};

/** The author of an assessment: a person, a model or code. */
export type AssessmentSource = { readonly sourceType: string; readonly sourceId: string };

/** `value` is any JSON. */
export type AssessmentValue =
  | { readonly kind: "feedback"; readonly value: unknown; readonly error?: AssessmentError | undefined }
  | { readonly kind: "expectation"; readonly value: unknown };

/** The reason why an assessment has no value. */
export type AssessmentError = {
  readonly errorCode: string;
  readonly errorMessage?: string | undefined;
  readonly stackTrace?: string | undefined;
};

/** The fields that an update changes; absent fields are kept. */
export type AssessmentUpdate = {
  readonly name?: string | undefined;
  readonly value?: AssessmentValue | undefined;
  readonly rationale?: string | undefined;
  /** Merged with the existing metadata. */
  readonly metadata?: readonly Tag[] | undefined;
};

const errorSchema = z.object({
  error_code: longText.default(""),
  error_message: longText.optional(),
  stack_trace: longText.optional(),
});
const feedbackSchema = z.object({ value: foreignJson.optional(), error: errorSchema.optional() });
const expectationSchema = z.object({
  value: foreignJson.optional(),
  /** Lists and objects, as JSON text. */
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
/** An assessment in MLflow's REST API (`mlflow/protos/assessments.proto`). */
export type AssessmentWire = {
  assessment_id: string;
  assessment_name: string;
  trace_id: string;
  span_id?: string | undefined;
  source: { source_type: string; source_id: string };
  create_time: string;
  last_update_time: string;
  feedback?: z.input<typeof feedbackSchema> | undefined;
  expectation?: z.input<typeof expectationSchema> | undefined;
  rationale?: string | undefined;
  metadata?: TextMapWire | undefined;
  overrides?: string | undefined;
  valid: boolean;
};

/** Converts an assessment to its wire form. */
export function assessmentToWire(assessment: Assessment): AssessmentWire {
  const { spanId, source, value, rationale, metadata, overrides } = assessment;
  return {
    assessment_id: assessment.assessmentId,
    assessment_name: assessment.name,
    trace_id: assessment.traceId,
    span_id: spanId,
    source: { source_type: source.sourceType, source_id: source.sourceId },
    create_time: timestampToWire(assessment.createTimeMs),
    last_update_time: timestampToWire(assessment.lastUpdateTimeMs),
    ...assessmentValueToWire(value),
    rationale,
    ...(metadata.length > 0 && { metadata: textMapToWire(metadata) }),
    overrides,
    valid: assessment.valid,
  };
}

/** Converts the value to its wire form: `feedback` or `expectation`. */
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
    error_message: errorMessage,
    stack_trace: stackTrace,
  };
}

/** Throws `INVALID_PARAMETER_VALUE` unless it is either feedback or an expectation. */
export function assessmentFromWire(wire: AssessmentParsed): Assessment {
  const { create_time: createTimeMs = 0, last_update_time: lastUpdateTimeMs = createTimeMs } = wire;
  return {
    assessmentId: wire.assessment_id,
    name: wire.assessment_name,
    traceId: wire.trace_id,
    spanId: wire.span_id,
    source: { sourceType: wire.source.source_type, sourceId: wire.source.source_id },
    createTimeMs,
    lastUpdateTimeMs,
    value: assessmentValueFromWire(wire),
    rationale: wire.rationale,
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
      "an assessment must have exactly one of 'feedback' and 'expectation'",
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

/** The same as for a request's own JSON. */
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
    errorMessage: wire.error_message,
    stackTrace: wire.stack_trace,
  };
}

/**
 * Reads the update selected by a mask of field names. Throws `INVALID_PARAMETER_VALUE` for a field that cannot be
 * changed.
 */
export function assessmentUpdateFromWire(wire: AssessmentParsed, updateMask: string): AssessmentUpdate {
  const fields = updateMask.split(",").map((field) => field.trim().replaceAll(/[A-Z]/g, underscored));
  const wrong = fields.find((field) => !UPDATABLE.includes(field));
  if (wrong !== undefined) {
    const message = `update_mask may contain ${UPDATABLE.join(", ")}, got '${wrong}'`;
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

/** Converts an update to its wire form: the changed fields and the mask that lists them. */
export function assessmentUpdateToWire(update: AssessmentUpdate): AssessmentUpdateWire {
  const { name, value, rationale, metadata } = update;
  const mask = [
    ...(name === undefined ? [] : ["assessmentName"]),
    ...(value === undefined ? [] : [value.kind]),
    ...(rationale === undefined ? [] : ["rationale"]),
    ...(metadata === undefined ? [] : ["metadata"]),
  ];
  const assessment = {
    assessment_name: name,
    ...(value !== undefined && assessmentValueToWire(value)),
    rationale,
    ...(metadata !== undefined && { metadata: textMapToWire(metadata) }),
  };
  return { assessment, update_mask: mask.join(",") };
}

/** An update of an assessment in MLflow's REST API; fields outside the update mask are ignored. */
export type AssessmentUpdateWire = { assessment: z.input<typeof assessmentSchema>; update_mask: string };

const UPDATABLE: readonly string[] = ["assessment_name", "feedback", "expectation", "rationale", "metadata"];

/** protobuf's JSON encoding writes field names of a mask in camelCase. */
function underscored(letter: string): string {
  return `_${letter.toLowerCase()}`;
}
