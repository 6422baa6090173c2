import { z } from "zod";
import { repeated } from "../scalars.ts";

const id = z.string().default("");

/** What has made or used a version; one of the three. */
export const lineageEntitySchema = z.object({
  job: z.object({ id, task_key: id, job_run_id: id, task_run_id: id }).optional(),
  notebook: z.object({ id, command_id: id, notebook_run_id: id }).optional(),
  pipeline: z.object({ pipeline_id: id, pipeline_update_id: id }).optional(),
});
export type LineageEntityWire = z.infer<typeof lineageEntitySchema>;

/** `UPSTREAM` made the version, `DOWNSTREAM` uses it. */
export const lineageInfoSchema = z.object({
  entities: repeated(lineageEntitySchema),
  direction: z.enum(["UPSTREAM", "DOWNSTREAM"]).default("UPSTREAM"),
});
export type LineageInfoWire = z.infer<typeof lineageInfoSchema>;

/** A table that a version was made from. */
export const lineageSecurableSchema = z.object({
  table: z.object({ name: id, table_type: z.string().optional(), location: id, table_id: id }).optional(),
});
