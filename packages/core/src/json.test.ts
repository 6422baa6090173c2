import fc from "fast-check";
import { expect, test } from "vitest";
import { isAppError, messageOf } from "./errors.ts";
import { parseJson } from "./json.ts";

test.each([
  ["", "f is not JSON: Unexpected end of JSON input, line 1 column 1"],
  ['{"a": 1', "f is not JSON: Expected ',' or '}' after property value, line 1 column 8"],
  ['{\n  "a": 1,\n  b: 2}', "f is not JSON: Expected double-quoted property name, line 3 column 3"],
  ['{"a": [1,\n2,]}', "f is not JSON: Unexpected token ']', line 2 column 3"],
  ["{} x", "f is not JSON: Unexpected non-whitespace character after JSON, line 1 column 4"],
])("%j", (text, message) => {
  expect(() => parseJson(text, "f")).toThrow(message);
});

test("valid JSON is parsed", () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const text = JSON.stringify(value);
      expect(JSON.stringify(parseJson(text, "f"))).toBe(text);
    }),
  );
});

test("a single wrong character is located anywhere", () => {
  const json = fc.json({ maxDepth: 2 }).filter((text) => text.length > 1);
  fc.assert(
    fc.property(json, fc.nat(), (text, at) => {
      const index = at % (text.length + 1);
      const wrong = `{"x": ${text.slice(0, index)}\u0001${text.slice(index)}}`;
      expect(() => parseJson(wrong, "f")).toThrow(new RegExp(`, line 1 column ${index + 7}$`));
    }),
  );
});

test("invalid JSON is refused with a position inside the text or at its end", () => {
  const almost = fc.oneof(
    fc.string(),
    fc
      .array(fc.constantFrom("{", "}", "[", "]", ":", ",", '"', "\\", "1", "e", "nul", "\n", " "))
      .map((c) => c.join("")),
  );
  fc.assert(
    fc.property(almost, (text) => {
      try {
        parseJson(text, "f");
      } catch (error) {
        const [, line, column] = /, line (\d+) column (\d+)$/.exec(messageOf(error)) ?? [];
        const lines = text.split("\n");
        expect(isAppError(error, "INVALID_PARAMETER_VALUE")).toBe(true);
        expect(Number(line)).toBeLessThanOrEqual(lines.length);
        expect(Number(column)).toBeLessThanOrEqual((lines[Number(line) - 1]?.length ?? 0) + 1);
      }
    }),
  );
});
