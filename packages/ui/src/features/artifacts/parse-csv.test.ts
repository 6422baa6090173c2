import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseCsv } from "./parse-csv.ts";

const options = { separator: ",", rowsMax: 100 };

describe("parseCsv", () => {
  it("reads plain lines, with either line end", () => {
    expect(parseCsv("a,b\r\n1,2\n3,\n", options)).toEqual({
      header: ["a", "b"],
      rows: [
        ["1", "2"],
        ["3", ""],
      ],
    });
  });

  it("reads quotes, with commas, quotes and lines inside", () => {
    expect(parseCsv('a\n"x, ""y""\nz"\n', options).rows).toEqual([['x, "y"\nz']]);
  });

  it("stops at the bound", () => {
    expect(parseCsv("a\n1\n2\n3\n4\n", { separator: ",", rowsMax: 2 }).rows).toEqual([["1"], ["2"]]);
  });

  it("reads tabs", () => {
    expect(parseCsv("a\tb\n1,5\t2", { separator: "\t", rowsMax: 9 }).rows).toEqual([["1,5", "2"]]);
  });

  it("reads back what was quoted by the rules", () => {
    const field = fc.string({ minLength: 1 });
    const quote = (text: string): string => `"${text.replaceAll('"', '""')}"`;
    fc.assert(
      fc.property(fc.array(fc.tuple(field, field), { minLength: 1, maxLength: 20 }), (rows) => {
        const text = rows.map((row) => row.map(quote).join(",")).join("\n");
        const { header, rows: read } = parseCsv(text, options);
        expect([header, ...read]).toEqual(rows);
      }),
    );
  });

  it("copes with any text", () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(parseCsv(text, options).rows.length).toBeLessThanOrEqual(options.rowsMax);
      }),
    );
  });
});
