import { z } from "zod";
import { runId } from "../ids.ts";

/** A request that names a run. `run_id` is today's field; 1.x clients send `run_uuid`, and most clients send both. */
export function withRunId<TShape extends z.ZodRawShape>(shape: TShape) {
  const schema = z.object({ run_id: runId, ...shape });
  // `preprocess` types its input as unknown; clients of this project send what the schema says.
  return z.preprocess(preferRunId, schema) as unknown as typeof schema;
}

function preferRunId(value: unknown): unknown {
  if (typeof value !== "object" || value === null || "run_id" in value || !("run_uuid" in value))
    return value;
  return { ...value, run_id: value.run_uuid };
}
