import { AppError } from "@flightdeck/core";
import { type Assessment, type AssessmentUpdate, type AssessmentValue, LIMITS } from "@flightdeck/protocol";
import { checkLength } from "../validation/text.ts";
import { checkedMetadata, checkTraceTime } from "./check-trace.ts";

/** An assessment that may be stored. */
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
