import { z } from "zod";

/** Which of the live and the deleted a search sees. */
export const viewTypeSchema = z.enum(["ACTIVE_ONLY", "DELETED_ONLY", "ALL"]);
export type ViewType = z.infer<typeof viewTypeSchema>;

export const lifecycleStageSchema = z.enum(["active", "deleted"]);
export type LifecycleStage = z.infer<typeof lifecycleStageSchema>;
