import fc from "fast-check";
import { expect, test } from "vitest";
import { LineRing } from "./line-ring.ts";

test("the last lines do not depend on how the text is split", () => {
  const line = fc.string().map((text) => `x${text.replaceAll(/[\r\n]/g, "")}`);
  fc.assert(
    fc.property(fc.array(line, { maxLength: 30 }), fc.array(fc.nat(40)), (lines, cuts) => {
      const ring = new LineRing({ linesMax: 5, lineCharsMax: 100_000 });
      let rest = lines.map((each) => `${each}\n`).join("");
      for (const cut of cuts) {
        ring.push(rest.slice(0, cut));
        rest = rest.slice(cut);
      }
      ring.push(rest);
      expect(ring.lines()).toEqual(lines.slice(-5));
    }),
  );
});

test("a line without an end counts, and a progress bar leaves only its last state", () => {
  const ring = new LineRing({ linesMax: 3, lineCharsMax: 100 });
  ring.push("start\n10 %\r50 %\r100 %\r\n\nerror: no dis");
  ring.push("k");
  expect(ring.lines()).toEqual(["start", "100 %", "error: no disk"]);
});

test("of an endless line, only the end is kept", () => {
  const ring = new LineRing({ linesMax: 2, lineCharsMax: 10 });
  for (let i = 0; i < 1000; i++) ring.push("0123456789abc");
  expect(ring.lines()).toEqual(["3456789abc"]);
});
