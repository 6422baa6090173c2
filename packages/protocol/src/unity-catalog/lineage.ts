import { AppError, parseUntrustedJson } from "@flightdeck/core";
import { z } from "zod";
import { LIMITS } from "../limits.ts";
import { repeated, shortText } from "../forms.ts";

const id = shortText.default("");

/** What created or used a version: exactly one of the three. */
const entitySchema = z.object({
  job: z.object({ id, task_key: id, job_run_id: id, task_run_id: id }).optional(),
  notebook: z.object({ id, command_id: id, notebook_run_id: id }).optional(),
  pipeline: z.object({ pipeline_id: id, pipeline_update_id: id }).optional(),
});
/** A notebook, job or pipeline in the lineage of a version. */
export type LineageEntityWire = z.infer<typeof entitySchema>;

/** A table that a version was trained on, or that its predictions are written to. */
export const lineageSecurableSchema = z.object({
  table: z.object({ name: id, location: id, table_id: id }).optional(),
});
/** A table in the lineage of a version. */
export type LineageSecurableWire = z.infer<typeof lineageSecurableSchema>;

/** `UPSTREAM` is what created the version, `DOWNSTREAM` what uses it. */
export type LineageDirection = "UPSTREAM" | "DOWNSTREAM";

export const lineageInfoSchema = z.object({
  entities: repeated(entitySchema, LIMITS.requestItemsMax),
  direction: z.enum(["UPSTREAM", "DOWNSTREAM"]).default("UPSTREAM"),
});

/** The header with the lineage of a client's request: base64-encoded JSON. */
export const LINEAGE_HEADER = "x-databricks-lineage-identifier";

const headerSchema = z.object({
  entities: repeated(entitySchema),
  lineages: repeated(z.object({ source_securables: repeated(lineageSecurableSchema) })),
});

/** What created a version and what uses it, from the header `LINEAGE_HEADER`. */
export type Lineage = {
  readonly entities: readonly LineageEntityWire[];
  readonly securables: readonly LineageSecurableWire[];
};

/** Parses the header; empty without one. */
export function parseLineageHeader(header: string | undefined): Lineage {
  if (header === undefined) return { entities: [], securables: [] };
  const parsed = headerSchema.safeParse(decoded(header));
  if (!parsed.success) throw notLineage();
  const { entities, lineages } = parsed.data;
  return { entities, securables: lineages.flatMap(({ source_securables: sources }) => sources) };
}

function decoded(header: string): unknown {
  try {
    const bytes = Uint8Array.from(atob(header), (character) => character.charCodeAt(0));
    return parseUntrustedJson(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    throw notLineage();
  }
}

function notLineage(): AppError {
  const message = `the header ${LINEAGE_HEADER} must be a base64-encoded JSON object with entities and lineages`;
  return new AppError("INVALID_PARAMETER_VALUE", message);
}
