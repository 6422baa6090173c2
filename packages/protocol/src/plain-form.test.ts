import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { experimentIdOrDefault, modelId, optional } from "./ids.ts";
import { plainFormOf, takingPlain } from "./plain-form.ts";
import { metricSchema } from "./runs/runs.ts";
import { double, int64, shortText } from "./forms.ts";

const point = { key: "loss", value: 0.5, timestamp: 1, step: 2 };

describe("the plain form of a metric's points", () => {
  const isPlain = plainFormOf(metricSchema);

  test("a point as sent by clients is plain", () => {
    expect(isPlain?.(point)).toBe(true);
    expect(isPlain?.({ ...point, model_id: "m-1", dataset_name: "" })).toBe(true);
  });

  test.each([
    ["a value as text", { ...point, value: "NaN" }],
    ["a step as text", { ...point, step: "2" }],
    ["no step, which is 0", { key: "loss", value: 0.5, timestamp: 1 }],
    ["an empty id, which is none", { ...point, model_id: "" }],
    ["an id that is too long", { ...point, model_id: "m".repeat(257) }],
    ["a key that is too long", { ...point, key: "k".repeat(10_001) }],
    ["an empty key", { ...point, key: "" }],
    ["a field that the schema does not have", { ...point, color: "red" }],
    ["a time beyond 2^53", { ...point, timestamp: 2 ** 53 }],
    ["half a step", { ...point, step: 0.5 }],
    ["a list", [point]],
    ["nothing", null],
  ])("%s goes the long way", (_, value) => {
    expect(isPlain?.(value)).toBe(false);
  });
});

test("a schema that changes values in other ways has no plain form", () => {
  expect(plainFormOf(z.string().trim())).toBeUndefined();
  expect(plainFormOf(z.string().regex(/a/))).toBeUndefined();
  expect(plainFormOf(z.looseObject({ key: shortText }))).toBeUndefined();
  expect(plainFormOf(z.object({ key: shortText }).refine(() => false))).toBeUndefined();
  expect(plainFormOf(z.object({ key: z.any() }))).toBeUndefined();
  expect(plainFormOf(shortText.optional().refine(() => false))).toBeUndefined();
  expect(plainFormOf(experimentIdOrDefault)).toBeUndefined();
});

test("a list still runs its own checks", () => {
  const list = takingPlain(
    z
      .array(z.object({ key: shortText }))
      .min(1)
      .max(2),
  );
  expect(list.safeParse([{ key: "a" }]).success).toBe(true);
  expect(list.safeParse([]).success).toBe(false);
  expect(list.safeParse([{ key: "a" }, { key: "b" }, { key: "c" }]).success).toBe(false);
});

test("a list that accepts plain items returns the same as full parsing", () => {
  const item = z.object({
    key: shortText.min(1),
    value: double,
    step: int64.default(0),
    model_id: optional(modelId),
    note: shortText.optional(),
  });
  const text = fc.constantFrom("", "a", "NaN", "12", "x".repeat(300));
  const scalar = fc.oneof(fc.double(), fc.integer(), text, fc.constant(undefined), fc.boolean());
  const fields = fc.record(
    {
      key: fc.oneof(text, scalar),
      value: scalar,
      step: scalar,
      model_id: scalar,
      note: scalar,
      other: scalar,
    },
    { requiredKeys: [] },
  );
  const parsed = (schema: z.ZodType, value: unknown): unknown => {
    const { success, data, error } = schema.safeParse(value);
    return success ? data : error?.issues;
  };
  fc.assert(
    fc.property(
      fc.array(fc.oneof(fields, fc.constant({ key: "a", value: 1, step: 1 })), { maxLength: 3 }),
      (list) => {
        expect(parsed(takingPlain(z.array(item)), list)).toEqual(parsed(z.array(item), list));
      },
    ),
    { numRuns: 2000 },
  );
});
