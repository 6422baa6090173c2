import { AppError, parseUntrustedJson } from "@flightdeck/core";
import { z } from "zod";
import { LIMITS } from "../limits.ts";
import { repeated, shortText } from "../scalars.ts";

const id = shortText.default("");

/** What has made or used a version; one of the three. */
const entitySchema = z.object({
  job: z.object({ id, task_key: id, job_run_id: id, task_run_id: id }).optional(),
  notebook: z.object({ id, command_id: id, notebook_run_id: id }).optional(),
  pipeline: z.object({ pipeline_id: id, pipeline_update_id: id }).optional(),
});
export type LineageEntityWire = z.infer<typeof entitySchema>;

/** A table that a version was made from, or that its predictions go to. */
export const lineageSecurableSchema = z.object({
  table: z.object({ name: id, location: id, table_id: id }).optional(),
});
export type LineageSecurableWire = z.infer<typeof lineageSecurableSchema>;

/** `UPSTREAM` made the version, `DOWNSTREAM` uses it. */
export type LineageDirection = "UPSTREAM" | "DOWNSTREAM";

export const lineageInfoSchema = z.object({
  entities: repeated(entitySchema, LIMITS.requestItemsMax),
  direction: z.enum(["UPSTREAM", "DOWNSTREAM"]).default("UPSTREAM"),
});

/** Carries what a client says of itself beside a request: base64 of JSON. */
export const LINEAGE_HEADER = "x-databricks-lineage-identifier";

const headerSchema = z.object({
  entities: repeated(entitySchema),
  lineages: repeated(z.object({ source_securables: repeated(lineageSecurableSchema) })),
});

export type Lineage = {
  readonly entities: readonly LineageEntityWire[];
  readonly securables: readonly LineageSecurableWire[];
};

/** Reads the header; without one, nothing is said. */
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
  const message = `the header ${LINEAGE_HEADER} must be base64 of a JSON object with entities and lineages`;
  return new AppError("INVALID_PARAMETER_VALUE", message);
}
