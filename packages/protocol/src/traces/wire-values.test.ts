import fc from "fast-check";
import { expect, test } from "vitest";
import { attributesFromWire, attributesSchema, attributesToWire } from "./wire-values.ts";
import { anyAttributes } from "./testing/span-arbitraries.ts";

const read = (json: unknown): unknown => attributesFromWire(attributesSchema.parse(json));

test("every value survives the wire, and integers stay distinct from doubles", () => {
  fc.assert(
    fc.property(anyAttributes, (attributes) => {
      expect(read(JSON.parse(JSON.stringify(attributesToWire(attributes))))).toEqual(attributes);
    }),
  );
  expect(read([{ key: "i", value: { int_value: 1 } }])).toEqual(new Map([["i", 1n]]));
  expect(read([{ key: "d", value: { double_value: 1 } }])).toEqual(new Map([["d", 1]]));
});

test("names in camelCase are accepted too", () => {
  expect(
    read([{ key: "k", value: { kvlistValue: { values: [{ key: "a", value: { boolValue: true } }] } } }]),
  ).toEqual(new Map([["k", new Map([["a", true]])]]));
});

test.each([
  ["text", "invalid"],
  [{ int_value: "1.5" }, '{"int_value":"1.5"}'],
  [{ int_value: "9223372036854775808" }, "9223372036854775808"],
  [{ string_value: 1 }, "string_value"],
  [{ string_value: "a", int_value: "1" }, "int_value"],
  [{ other_value: "a" }, "other_value"],
  [{ bytes_value: "%" }, "base64"],
  [nested(40), "nested deeper than 32 levels"],
])("%j is refused", (value, words) => {
  expect(() => read([{ key: "k", value }])).toThrow(words === "invalid" ? "Invalid value" : words);
});

function nested(levels: number): object {
  return levels === 0 ? {} : { array_value: { values: [nested(levels - 1)] } };
}
