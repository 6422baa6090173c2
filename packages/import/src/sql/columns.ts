import { z } from "zod";

/** Forms of MLflow's columns. A missing text is an empty one; times are UTC milliseconds. */
export const text: z.ZodType<string> = z.string();
export const optionalText: z.ZodType<string> = z
  .string()
  .nullish()
  .transform((value) => value ?? "");
export const integer: z.ZodType<number> = z.number().refine(Number.isSafeInteger, "no integer");
export const optionalInteger: z.ZodType<number | undefined> = integer
  .nullish()
  .transform((value) => value ?? undefined);
export const time: z.ZodType<number> = optionalInteger.transform((value) => value ?? 0);
export const stage: z.ZodType<"active" | "deleted"> = z
  .enum(["active", "deleted"])
  .nullish()
  .transform((value) => value ?? "active");

export const keyValue: z.ZodType<{ id: string; key: string; value: string }> = z.object({
  id: text,
  key: text,
  value: optionalText,
});
