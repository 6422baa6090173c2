import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parsePlainYaml } from "./file-formats.ts";

const parse = (text: string): unknown => parsePlainYaml(text, "meta.yaml");

describe("parsePlainYaml", () => {
  test("returns every scalar as its source text, or null", () => {
    const text = `
status: 3
name: 1e5
octal: 0o7
yes: yes
quoted: 'null'
nothing: null
empty:
tags: {}
list: []
folded: "two words
  and more"
inner:
  mlflow.data.context: training
`;
    expect(parse(text)).toEqual({
      status: "3",
      name: "1e5",
      octal: "0o7",
      yes: "yes",
      quoted: "null",
      nothing: null,
      empty: null,
      tags: {},
      list: [],
      folded: "two words and more",
      inner: { "mlflow.data.context": "training" },
    });
  });

  test("ignores tags", () => {
    expect(parse("a: !!python/object/apply:os.system ['ls']\n")).toEqual({ a: ["ls"] });
  });

  test("treats __proto__ as an ordinary key", () => {
    const value = parse('{"__proto__": {"polluted": "yes"}}');
    expect(Object.hasOwn(value as object, "__proto__")).toBe(true);
    expect(({} as Record<string, unknown>)["polluted"]).toBeUndefined();
  });

  test("parses back any quoted text", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), (text) => {
        expect(parse(`value: ${JSON.stringify(text)}\n`)).toEqual({ value: text });
      }),
    );
  });

  test("returns a value or throws an AppError for any input", () => {
    const pieces = fc.constantFrom(
      "a",
      ":",
      " ",
      "\n",
      "-",
      "[",
      "]",
      "{",
      "}",
      "&a",
      "*a",
      "!",
      "'",
      '"',
      "|",
      "#",
      "%",
    );
    fc.assert(
      fc.property(fc.array(pieces), (parts) => {
        try {
          parse(parts.join(""));
        } catch (error) {
          expect(error).toMatchObject({ code: "INVALID_PARAMETER_VALUE" });
        }
      }),
    );
  });
});
