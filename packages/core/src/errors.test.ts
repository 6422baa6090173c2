import { expect, test } from "vitest";
import { codeOf } from "./errors.ts";

test("codeOf reads the code of an error, and of nothing else", () => {
  const withCode = (code: unknown): Error => Object.assign(new Error("failed"), { code });
  expect(codeOf(withCode("ENOENT"))).toBe("ENOENT");
  for (const other of [withCode(7), new Error("failed"), { code: "ENOENT" }, "ENOENT", null, undefined]) {
    expect(codeOf(other)).toBeUndefined();
  }
});
