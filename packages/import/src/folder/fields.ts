import { z } from "zod";

/** Forms of the fields in MLflow's records, each a text or null. A missing text is an empty one. */
export const text: z.ZodType<string> = z.string();
export const optionalText: z.ZodType<string> = z
  .string()
  .nullish()
  .transform((value) => value ?? "");
export const integer: z.ZodType<number> = z
  .string()
  .regex(/^-?\d+$/, "no integer")
  .transform(Number)
  .refine(Number.isSafeInteger, "an integer beyond 2^53");
export const optionalInteger: z.ZodType<number | undefined> = integer
  .nullish()
  .transform((value) => value ?? undefined);
/** UTC milliseconds; 0 when nobody noted them. */
export const time: z.ZodType<number> = optionalInteger.transform((value) => value ?? 0);
export const stage: z.ZodType<"active" | "deleted"> = z
  .enum(["active", "deleted"])
  .nullish()
  .transform((value) => value ?? "active");
