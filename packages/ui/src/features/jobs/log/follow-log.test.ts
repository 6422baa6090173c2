import { describe, expect, it } from "vitest";
import { type FollowedLog, followLog, type ReadLog } from "./follow-log.ts";

/** A log that lies in memory as it would in a file. Its text is ASCII, a byte a character. */
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
  it("tells what is added, until nothing more will be", async () => {
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

  it("reads a long log from near its end", async () => {
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

  it("stops when it is told to, and for a log that cannot be read", async () => {
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
