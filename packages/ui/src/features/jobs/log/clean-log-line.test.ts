import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { cleanLogLine, LINE_CHARS_MAX } from "./clean-log-line.ts";

const ESC = "\u001B";

describe("cleanLogLine", () => {
  it.each([
    ["plain", "plain"],
    ["a\tb", "a\tb"],
    [`${ESC}[1;31mred${ESC}[0m and ${ESC}[38;5;12mblue${ESC}[m`, "red and blue"],
    [`${ESC}[2J${ESC}[Hcleared`, "cleared"],
    [`${ESC}]0;a title\u0007text`, "text"],
    [`${ESC}]8;;http://evil.example/${ESC}\\link${ESC}]8;;${ESC}\\`, "link"],
    [`${ESC}(Bascii`, "ascii"],
    ["  0%|  |\r 50%|# |\r100%|##|\r", "100%|##|"],
    ["with a DOS end\r", "with a DOS end"],
    ["be\u0007ll\u0000 and \u202Eturned\u202C", "bell and turned"],
    ["<script>alert(1)</script>", "<script>alert(1)</script>"],
    [`token fdpat-${"x".repeat(43)}`, "token fdpat-…"],
  ])("%j becomes %j", (raw, text) => {
    expect(cleanLogLine(raw)).toBe(text);
  });

  it("cuts what nobody can read", () => {
    expect(cleanLogLine("x".repeat(LINE_CHARS_MAX + 1))).toBe(`${"x".repeat(LINE_CHARS_MAX)}…`);
  });

  it("leaves no control character of any text", () => {
    const pieces = fc.constantFrom(ESC, "[", "]", "31m", "\u0007", "\r", "\u009B", "\u202E", "a", "<b>");
    const isUnseen = (char: string): boolean => {
      const code = char.codePointAt(0) ?? 0;
      return (code < 0x20 && char !== "\t") || (code >= 0x7f && code < 0xa0) || "\u202A\u202E".includes(char);
    };
    fc.assert(
      fc.property(fc.array(fc.oneof(pieces, fc.string())), (parts) => {
        expect(cleanLogLine(parts.join("")).split("").filter(isUnseen)).toEqual([]);
      }),
    );
  });
});
