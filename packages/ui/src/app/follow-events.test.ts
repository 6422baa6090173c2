import { expect, test } from "vitest";
import { parseEvent } from "./follow-events.ts";

test.each([
  [": still here", []],
  ['event: change\ndata: {"changes":[]}', [{ type: "change", data: '{"changes":[]}' }]],
  ["data: a\ndata:b", [{ type: "message", data: "a\nb" }]],
  ["event: reset", []],
])("%j", (block, events) => {
  expect(parseEvent(block)).toEqual(events);
});
