import { expect, test } from "vitest";
import { requestedRange, type RequestedRange } from "./send-artifact.ts";

test.each<[string | undefined, RequestedRange]>([
  [undefined, "whole"],
  ["bytes=0-0", { start: 0, end: 0 }],
  ["bytes=2-5", { start: 2, end: 5 }],
  ["bytes=7-", { start: 7, end: 9 }],
  ["bytes=8-100", { start: 8, end: 9 }],
  ["bytes=-3", { start: 7, end: 9 }],
  ["bytes=-300", { start: 0, end: 9 }],
  ["bytes=10-", "unsatisfiable"],
  ["bytes=99999999999999999999-", "unsatisfiable"],
  ["bytes=-0", "unsatisfiable"],
  ["bytes=5-2", "whole"],
  ["bytes=-", "whole"],
  ["bytes=0-1,3-4", "whole"],
  ["items=0-1", "whole"],
  ["bytes=a-b", "whole"],
])("Range %j of ten bytes is %o", (header, expected) => {
  expect(requestedRange(header, undefined, 10)).toEqual(expected);
});

test("an empty artifact has no satisfiable range", () => {
  expect(requestedRange("bytes=-1", undefined, 0)).toBe("unsatisfiable");
  expect(requestedRange("bytes=0-", undefined, 0)).toBe("unsatisfiable");
});

test("a range with If-Range asks for the whole", () => {
  expect(requestedRange("bytes=0-1", '"tag"', 10)).toBe("whole");
});
