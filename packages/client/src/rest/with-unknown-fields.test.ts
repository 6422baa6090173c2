import fc from "fast-check";
import { expect, test } from "vitest";
import { withUnknownFields } from "./encode-request.ts";

test("dropped fields are restored at every depth, and parsed values win", () => {
  const answer = { id: "7", gone: null, more: 1, list: [{ a: 1, b: 2 }], inner: { x: { y: 1 } } };
  const parsed = { id: 7, name: "", list: [{ a: 1 }], inner: { x: {} } };
  expect(withUnknownFields(parsed, answer)).toEqual({
    id: 7,
    name: "",
    more: 1,
    list: [{ a: 1, b: 2 }],
    inner: { x: { y: 1 } },
  });
});

test("a response of another shape leaves the parsed value unchanged", () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.jsonValue(), (parsed, answer) => {
      const before = JSON.stringify(parsed);
      withUnknownFields(parsed, answer);
      expect(JSON.stringify(parsed)).toBe(before);
      expect(JSON.stringify(withUnknownFields(parsed, parsed))).toBe(before);
    }),
  );
});

test("a field with a name special to JavaScript is treated like any other", () => {
  const answer: unknown = JSON.parse('{"__proto__":{"polluted":1},"constructor":2}');
  const whole = withUnknownFields({}, answer);
  expect(JSON.stringify(whole)).toBe('{"__proto__":{"polluted":1},"constructor":2}');
  expect("polluted" in {}).toBe(false);
});
