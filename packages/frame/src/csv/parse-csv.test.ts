import fc from "fast-check";
import { expect, test } from "vitest";
import { parseCsv } from "./parse-csv.ts";

const field = fc.oneof(fc.string(), fc.stringMatching(/^[",\r\na]*$/));
const table = fc
  .integer({ min: 1, max: 4 })
  .chain((width) => fc.array(fc.array(field, { minLength: width, maxLength: width })));

test("quoted fields are read back with any line endings", () => {
  fc.assert(
    fc.property(table, fc.constantFrom("\n", "\r\n"), fc.boolean(), (rows, lineEnd, lastEnd) => {
      const text = rows
        .map((row) => row.map((cell) => `"${cell.replaceAll('"', '""')}"`).join(","))
        .join(lineEnd);
      const records = parseCsv(text + (lastEnd ? lineEnd : ""), ",");
      expect(records.map((record) => record.map((cell) => cell.text))).toEqual(rows);
      expect(records.flat().every((cell) => cell.quoted)).toBe(true);
    }),
  );
});

test("plain fields are read back without quotes", () => {
  const plain = fc.stringMatching(/^[^",\r\n\uFEFF]+$/);
  fc.assert(
    fc.property(fc.array(fc.array(plain, { minLength: 2, maxLength: 2 }), { minLength: 1 }), (rows) => {
      const records = parseCsv(rows.map((row) => row.join(",")).join("\n"), ",");
      expect(records.map((record) => record.map((cell) => cell.text))).toEqual(rows);
    }),
  );
});

test("any text is parsed or refused, and the parser always terminates", () => {
  fc.assert(
    fc.property(fc.stringMatching(/^[",\r\nab]*$/), (text) => {
      try {
        parseCsv(text, ",");
      } catch (error) {
        expect(error).toMatchObject({ code: "INVALID_PARAMETER_VALUE" });
      }
    }),
  );
});

test("empty lines are skipped, empty fields are not", () => {
  const texts = parseCsv('a,\n\n,b\n""\n', ",").map((record) => record.map((cell) => cell.text));
  expect(texts).toEqual([["a", ""], ["", "b"], [""]]);
});
