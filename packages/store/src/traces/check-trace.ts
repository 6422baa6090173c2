import { AppError } from "@flightdeck/core";
import {
  type Assessment,
  type AssessmentUpdate,
  type AssessmentValue,
  LIMITS,
  type Tag,
  type TraceInfo,
} from "@flightdeck/protocol";
import { checkLength, truncated } from "../validation/text.ts";

/** The end of the year 9999, the latest time in a protobuf timestamp. */
const TIME_MS_MAX = 253_402_300_799_999;

/** Checks a trace and truncates its texts to their limits, as MLflow does. */
export function checkedTraceInfo(info: TraceInfo): TraceInfo {
  checkTraceId(info.traceId);
  checkTraceTime("request_time", info.requestTimeMs);
  checkDuration(info.executionDurationMs ?? 0);
  checkLength("client_request_id", info.clientRequestId ?? "", LIMITS.entityKeyCharsMax);
  checkCount("assessments", info.assessments.length);
  const { requestPreview, responsePreview } = info;
  return {
    ...info,
    ...(requestPreview !== undefined && { requestPreview: cutPreview(requestPreview) }),
    ...(responsePreview !== undefined && { responsePreview: cutPreview(responsePreview) }),
    traceMetadata: checkedMetadata(info.traceMetadata),
    tags: checkedTraceTags(info.tags),
  };
}

export function checkedTraceTags(tags: readonly Tag[]): readonly Tag[] {
  checkCount("tags", tags.length);
  return tags.map(({ key, value }) => {
    checkLength("key", key, LIMITS.traceTagKeyCharsMax);
    return { key, value: truncated(value, LIMITS.traceTagValueCharsMax) };
  });
}

export function checkedMetadata(metadata: readonly Tag[]): readonly Tag[] {
  checkCount("trace_metadata", metadata.length);
  return metadata.map(({ key, value }) => {
    checkLength("key", key, LIMITS.traceMetadataKeyCharsMax);
    return { key, value: truncated(value, LIMITS.traceMetadataValueCharsMax) };
  });
}

export function checkTraceTime(field: string, timeMs: number): void {
  if (timeMs >= 0 && timeMs <= TIME_MS_MAX) return;
  throw new AppError(
    "INVALID_PARAMETER_VALUE",
    `${field} must be 0..${TIME_MS_MAX}, milliseconds of the years 1970 to 9999, got ${timeMs}`,
  );
}

function checkDuration(durationMs: number): void {
  if (Math.abs(durationMs) <= TIME_MS_MAX) return;
  throw new AppError(
    "INVALID_PARAMETER_VALUE",
    `execution_duration must be at most ${TIME_MS_MAX} ms, got ${durationMs}`,
  );
}

/** The id also names a folder in the experiment's artifacts. */
function checkTraceId(traceId: string): void {
  if (/^[\w-]+$/.test(traceId) && traceId.length <= LIMITS.traceIdCharsMax) return;
  throw new AppError(
    "INVALID_PARAMETER_VALUE",
    `trace_id must have 1..${LIMITS.traceIdCharsMax} letters, digits, dashes and underscores, got '${traceId.slice(0, LIMITS.traceIdCharsMax)}'`,
  );
}

export function checkCount(what: string, count: number, countMax: number = LIMITS.traceEntriesMax): void {
  if (count <= countMax) return;
  throw new AppError("INVALID_PARAMETER_VALUE", `at most ${countMax} ${what} may be given, got ${count}`);
}

function cutPreview(preview: string): string {
  return truncated(preview, LIMITS.tracePreviewCharsMax);
}

/** Checks an assessment and truncates its metadata to the limits. */
export function checkedAssessment(assessment: Assessment): Assessment {
  checkName(assessment.name);
  checkTraceTime("create_time", assessment.createTimeMs);
  checkTraceTime("last_update_time", assessment.lastUpdateTimeMs);
  checkLength("assessment_id", assessment.assessmentId, LIMITS.traceIdCharsMax);
  checkLength("span_id", assessment.spanId ?? "", LIMITS.traceIdCharsMax);
  checkLength("overrides", assessment.overrides ?? "", LIMITS.traceIdCharsMax);
  checkLength("source_type", assessment.source.sourceType, LIMITS.traceIdCharsMax);
  checkLength("source_id", assessment.source.sourceId, LIMITS.assessmentNameCharsMax);
  checkText("rationale", assessment.rationale ?? "");
  checkValue(assessment.value);
  return { ...assessment, metadata: checkedMetadata(assessment.metadata) };
}

export function checkedUpdate(update: AssessmentUpdate): AssessmentUpdate {
  if (update.name !== undefined) checkName(update.name);
  checkText("rationale", update.rationale ?? "");
  if (update.value !== undefined) checkValue(update.value);
  return update.metadata === undefined ? update : { ...update, metadata: checkedMetadata(update.metadata) };
}

function checkName(name: string): void {
  if (name === "") {
    throw new AppError(
      "INVALID_PARAMETER_VALUE",
      "Missing value for required parameter 'assessment.assessment_name'. See the API docs for more information about request parameters.",
    );
  }
  checkLength("assessment_name", name, LIMITS.assessmentNameCharsMax);
}

function checkValue(assessed: AssessmentValue): void {
  checkText(assessed.kind, JSON.stringify(assessed.value ?? null));
  if (assessed.kind === "feedback") checkText("feedback.error", JSON.stringify(assessed.error ?? null));
}

function checkText(name: string, text: string): void {
  checkLength(name, text, LIMITS.assessmentTextCharsMax);
}
