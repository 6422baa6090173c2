import fc from "fast-check";
import { expect, test } from "vitest";
import { COLUMN_TYPES, type ModelSignature, type Schema } from "./signature.ts";
import { signatureFromWire, signatureToWire } from "./signature-wire.ts";

const columns: fc.Arbitrary<Schema> = fc
  .array(
    fc.record(
      { name: fc.string(), type: fc.constantFrom(...COLUMN_TYPES), required: fc.boolean() },
      { requiredKeys: ["type", "required"] },
    ),
  )
  .map((specs) => ({ kind: "columns", columns: specs }));

const tensors: fc.Arbitrary<Schema> = fc
  .array(
    fc.record(
      {
        name: fc.string(),
        dtype: fc.constantFrom("int64", "float32"),
        shape: fc.array(fc.integer({ min: -1 })),
      },
      { requiredKeys: ["dtype", "shape"] },
    ),
    { minLength: 1 },
  )
  .map((specs) => ({ kind: "tensors", tensors: specs }));

test("every signature survives the file", () => {
  const schema = fc.oneof(columns, tensors);
  const signatures = fc.record({ inputs: schema, outputs: schema }, { requiredKeys: [] });
  fc.assert(
    fc.property(signatures, (signature: ModelSignature) => {
      expect(signatureFromWire(signatureToWire(signature))).toEqual(signature);
    }),
  );
});

test("types without a counterpart are kept as they are", () => {
  const inputs = '[{"type": "array", "items": {"type": "string"}, "name": "tags", "required": true}]';
  const signature = signatureFromWire({ inputs, outputs: null, params: null });
  expect(signature.inputs).toEqual({ kind: "other", json: inputs });
  expect(signatureToWire(signature).inputs).toBe(inputs);
});
