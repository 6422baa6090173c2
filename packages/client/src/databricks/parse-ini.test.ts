import fc from "fast-check";
import { expect, test } from "vitest";
import { parseIni } from "./profiles.ts";

test("parses sections, both separators, comments and repeated sections", () => {
  const text =
    "x = before\n[DEFAULT]\nHost = https://a ; no comment\n# token = old\n\r\n[p]\r\n token: t=1:2 \n; c\n[p]\nempty =\n[DEFAULT]\nhost=b";
  expect(parseIni(text)).toEqual(
    new Map([
      ["DEFAULT", new Map([["host", "b"]])],
      [
        "p",
        new Map([
          ["token", "t=1:2"],
          ["empty", ""],
        ]),
      ],
    ]),
  );
});

test("reads back what was written", () => {
  const word = fc.stringMatching(/^[a-z_][a-z0-9_]{0,8}$/);
  const value = fc.stringMatching(/^[!-~]([ -~]{0,20}[!-~])?$/);
  fc.assert(
    fc.property(fc.dictionary(word, fc.dictionary(word, value, { minKeys: 1 })), (ini) => {
      const text = Object.entries(ini)
        .map(([name, fields]) =>
          [`[${name}]`, ...Object.entries(fields).map(([key, text]) => `${key} = ${text}`)].join("\n"),
        )
        .join("\n");
      const parsed = [...parseIni(text)].map(([name, fields]) => [name, Object.fromEntries(fields)]);
      expect(Object.fromEntries(parsed)).toEqual({ ...ini });
    }),
  );
});
