import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  cleanLogLine,
  type FollowedLog,
  followLog,
  KEPT_LINES_MAX,
  LINE_CHARS_MAX,
  LogBuffer,
  maskTokens,
  type ReadLog,
} from "./job-log.ts";

/** An in-memory log file. Its text is ASCII: one byte per character. */
class MemoryLog {
  written = "";
  isComplete = false;
  readonly offsets: number[] = [];

  readonly read: ReadLog = async ({ offset, length }) => {
    this.offsets.push(offset);
    const text = this.written.slice(offset, offset + length);
    const { written, isComplete } = this;
    return { text, nextOffset: offset + text.length, size: written.length, isComplete };
  };
}

const shown = ({ blocks, pending }: FollowedLog): string => blocks.map(({ text }) => text).join("") + pending;

describe("followLog", () => {
  test("reports what is added until the log is complete", async () => {
    const log = new MemoryLog();
    const seen: string[] = [];
    log.written = "one\n";
    await followLog({
      read: log.read,
      signal: new AbortController().signal,
      pollMs: 1,
      onText: (text) => {
        seen.push(shown(text));
        if (seen.length === 1) log.written += "two\n";
        else log.isComplete = true;
      },
    });
    expect(seen).toEqual(["one\n", "one\ntwo\n", "one\ntwo\n"]);
  });

  test("reads a long log from near its end", async () => {
    const log = new MemoryLog();
    log.written = `${"a line of a long log\n".repeat(1_000_000)}the end\n`;
    log.isComplete = true;
    const seen: FollowedLog[] = [];
    await followLog({
      read: log.read,
      signal: new AbortController().signal,
      onText: (text) => seen.push(text),
    });
    expect(seen).toHaveLength(1);
    expect(seen[0]).toMatchObject({ isCut: true, isComplete: true, size: log.written.length });
    expect(seen.map(shown).join("")).toMatch(/^a line of a long log\n[^]*\nthe end\n$/);
    expect(log.offsets.length).toBeLessThan(20);
  });

  test("stops on abort, and rejects when the log cannot be read", async () => {
    const log = new MemoryLog();
    const stopping = new AbortController();
    const following = followLog({
      read: log.read,
      signal: stopping.signal,
      onText: () => stopping.abort(),
    });
    await expect(following).rejects.toThrow(/abort/i);
    expect(log.offsets).toEqual([0]);
    const refused = followLog({
      read: () => Promise.reject(new TypeError("refused")),
      signal: new AbortController().signal,
      onText: () => undefined,
    });
    await expect(refused).rejects.toThrow("refused");
  });
});

const ESC = "\u001B";

describe("cleanLogLine", () => {
  test.each([
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

  test("cuts very long lines", () => {
    expect(cleanLogLine("x".repeat(LINE_CHARS_MAX + 1))).toBe(`${"x".repeat(LINE_CHARS_MAX)}…`);
  });

  test("removes control characters from any text", () => {
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

test.each([
  [`export DATABRICKS_TOKEN=fdpat-${"aZ0_-".repeat(8)}xyz && run`, "export DATABRICKS_TOKEN=fdpat-… && run"],
  [`curl -H 'Bearer dapi${"0123456789abcdef".repeat(2)}-2'`, "curl -H 'Bearer dapi…'"],
  ["dapi, fdpat-short and a rapids-job", "dapi, fdpat-short and a rapids-job"],
])("%s", (text, masked) => {
  expect(maskTokens(text)).toBe(masked);
});

function whole(buffer: LogBuffer): string {
  const { blocks, pending } = buffer.text();
  return blocks.map(({ text }) => text).join("") + pending;
}

describe("LogBuffer", () => {
  test("gives the same text however it arrives in pieces", () => {
    const text = fc.array(fc.constantFrom("a", "bc", "\n", "é", "😀 "), { maxLength: 900 });
    fc.assert(
      fc.property(text, (pieces) => {
        const buffer = new LogBuffer();
        for (const piece of pieces) buffer.append(piece);
        expect(whole(buffer)).toBe(pieces.join(""));
        expect(buffer.text().isCut).toBe(false);
      }),
    );
  });

  test("keeps only the last lines, and says so", () => {
    const buffer = new LogBuffer();
    const count = KEPT_LINES_MAX + 1000;
    for (let line = 0; line < count; line += 1) buffer.append(`line ${line}\n`);
    const lines = whole(buffer).trimEnd().split("\n");
    expect(lines.at(-1)).toBe(`line ${count - 1}`);
    expect(lines.length).toBeGreaterThanOrEqual(KEPT_LINES_MAX);
    expect(lines.length).toBeLessThan(KEPT_LINES_MAX + 400);
    expect(buffer.text().isCut).toBe(true);
  });

  test("keeps fewer lines when they are long", () => {
    const buffer = new LogBuffer();
    for (let line = 0; line < 2000; line += 1) buffer.append(`${"x".repeat(9000)}\n`);
    expect(whole(buffer).length).toBeLessThan(3_000_000);
    expect(buffer.text().isCut).toBe(true);
  });

  test("shows the last state of a progress bar, in bounded memory", () => {
    const buffer = new LogBuffer();
    for (let percent = 0; percent < 100_000; percent += 1) buffer.append(`\r${percent} of 99999`);
    expect(buffer.text().pending).toBe("99999 of 99999");
    buffer.append("\ndone\n");
    expect(whole(buffer)).toBe("99999 of 99999\ndone\n");
  });

  test("starts with a whole line after a gap", () => {
    const buffer = new LogBuffer();
    buffer.append("before\nhalf");
    buffer.skip();
    buffer.append("f a line");
    expect(whole(buffer)).toBe("");
    buffer.append(" ends\nafter\n");
    expect(whole(buffer)).toBe("after\n");
    expect(buffer.text().isCut).toBe(true);
  });
});
