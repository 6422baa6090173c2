import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { imageMediaType, parseCsv, previewKind } from "./preview-kind.ts";

test.each([
  ["plots/roc.PNG", "image"],
  ["data.csv", "csv"],
  ["input_example.json", "json"],
  ["MLmodel", "text"],
  ["report.html", "text"],
  ["model.pkl", "binary"],
  ["folder.d/README", "text"],
  ["Point.constructor", "text"],
])("shows %s as %s", (path, kind) => {
  expect(previewKind(path)).toBe(kind);
});

test("names an image's media type", () => {
  expect(imageMediaType("a/b.svg")).toBe("image/svg+xml");
});

const options = { separator: ",", rowsMax: 100 };

describe("parseCsv", () => {
  test("reads plain lines, with either line end", () => {
    expect(parseCsv("a,b\r\n1,2\n3,\n", options)).toEqual({
      header: ["a", "b"],
      rows: [
        ["1", "2"],
        ["3", ""],
      ],
    });
  });

  test("reads quotes, with commas, quotes and lines inside", () => {
    expect(parseCsv('a\n"x, ""y""\nz"\n', options).rows).toEqual([['x, "y"\nz']]);
  });

  test("stops at the bound", () => {
    expect(parseCsv("a\n1\n2\n3\n4\n", { separator: ",", rowsMax: 2 }).rows).toEqual([["1"], ["2"]]);
  });

  test("reads tabs", () => {
    expect(parseCsv("a\tb\n1,5\t2", { separator: "\t", rowsMax: 9 }).rows).toEqual([["1,5", "2"]]);
  });

  test("reads back what was quoted by the rules", () => {
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

  test("handles any text", () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(parseCsv(text, options).rows.length).toBeLessThanOrEqual(options.rowsMax);
      }),
    );
  });
});
