import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { KEPT_LINES_MAX, LogBuffer } from "./log-buffer.ts";

function whole(buffer: LogBuffer): string {
  const { blocks, pending } = buffer.text();
  return blocks.map(({ text }) => text).join("") + pending;
}

describe("LogBuffer", () => {
  it("gives what came, however it was cut into pieces", () => {
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

  it("keeps the last lines alone, and says that it is cut", () => {
    const buffer = new LogBuffer();
    const count = KEPT_LINES_MAX + 1000;
    for (let line = 0; line < count; line += 1) buffer.append(`line ${line}\n`);
    const lines = whole(buffer).trimEnd().split("\n");
    expect(lines.at(-1)).toBe(`line ${count - 1}`);
    expect(lines.length).toBeGreaterThanOrEqual(KEPT_LINES_MAX);
    expect(lines.length).toBeLessThan(KEPT_LINES_MAX + 400);
    expect(buffer.text().isCut).toBe(true);
  });

  it("keeps fewer of long lines", () => {
    const buffer = new LogBuffer();
    for (let line = 0; line < 2000; line += 1) buffer.append(`${"x".repeat(9000)}\n`);
    expect(whole(buffer).length).toBeLessThan(3_000_000);
    expect(buffer.text().isCut).toBe(true);
  });

  it("shows the last state of a progress bar, in bounded memory", () => {
    const buffer = new LogBuffer();
    for (let percent = 0; percent < 100_000; percent += 1) buffer.append(`\r${percent} of 99999`);
    expect(buffer.text().pending).toBe("99999 of 99999");
    buffer.append("\ndone\n");
    expect(whole(buffer)).toBe("99999 of 99999\ndone\n");
  });

  it("begins anew with a whole line after a gap", () => {
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
