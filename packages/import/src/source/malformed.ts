import { AppError } from "@flightdeck/core";
import type { z } from "zod";

/** The error for data that is not as MLflow writes it. `where` names the file, table or record. */
export function malformed(where: string, says: string, cause?: unknown): AppError {
  return new AppError("INVALID_PARAMETER_VALUE", `${where} is not as MLflow writes it: ${says}`, { cause });
}

/** Parses what was read from a source. */
export function parseRecord<TSchema extends z.ZodType>(
  schema: TSchema,
  value: unknown,
  where: string,
): z.output<TSchema> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const field = issue === undefined || issue.path.length === 0 ? "" : `${issue.path.join(".")}: `;
  throw malformed(where, `${field}${issue?.message ?? "unknown form"}`, result.error);
}
