import { assessmentFromWire, assessmentToWire, assessmentUpdateFromWire } from "@flightdeck/protocol";
import type { Handlers } from "../api/handler.ts";

type AssessmentHandlers = Pick<
  Handlers,
  "createAssessment" | "getAssessment" | "updateAssessment" | "deleteAssessment"
>;

export const assessmentHandlers: AssessmentHandlers = {
  createAssessment: async ({ trace_id: traceId, assessment }, { store }) => {
    const created = await store.traces.createAssessment({ ...assessmentFromWire(assessment), traceId });
    return { assessment: assessmentToWire(created) };
  },
  getAssessment: async ({ trace_id: traceId, assessment_id: assessmentId }, { store }) => {
    return { assessment: assessmentToWire(await store.traces.getAssessment(traceId, assessmentId)) };
  },
  updateAssessment: async (request, { store }) => {
    const { trace_id: traceId, assessment_id: assessmentId, assessment, update_mask: mask } = request;
    const update = assessmentUpdateFromWire(assessment, mask);
    const updated = await store.traces.updateAssessment(traceId, assessmentId, update);
    return { assessment: assessmentToWire(updated) };
  },
  deleteAssessment: async ({ trace_id: traceId, assessment_id: assessmentId }, { store }) => {
    await store.traces.deleteAssessment(traceId, assessmentId);
    return {};
  },
};
