import fc from "fast-check";
import { expect, test } from "vitest";
import { jsonDepthExceeds, parseUntrustedJson } from "./json.ts";

function depthOf(value: unknown): number {
  if (typeof value !== "object" || value === null) return 0;
  return 1 + Math.max(0, ...Object.values(value).map(depthOf));
}

test("the depth of any JSON is determined without parsing it", () => {
  fc.assert(
    fc.property(fc.json({ stringUnit: fc.constantFrom("[", "{", "]", '"', "\\", "a") }), (text) => {
      const depth = depthOf(JSON.parse(text));
      expect(jsonDepthExceeds(text, depth)).toBe(false);
      expect(jsonDepthExceeds(text, depth - 1)).toBe(depth > 0);
    }),
  );
});

test("invalid JSON has a depth too", () => {
  expect(jsonDepthExceeds("[".repeat(101), 100)).toBe(true);
  expect(jsonDepthExceeds('"' + "[".repeat(101), 100)).toBe(false);
  expect(jsonDepthExceeds("]]][[", 2)).toBe(false);
});

test("untrusted JSON is accepted up to a hundred levels", () => {
  expect(parseUntrustedJson("[".repeat(100) + "]".repeat(100))).toEqual(
    JSON.parse("[".repeat(100) + "]".repeat(100)),
  );
  expect(() => parseUntrustedJson("[[],".repeat(10_000))).toThrow("nested deeper than 100 levels");
  expect(() => parseUntrustedJson("[")).toThrow(SyntaxError);
});
