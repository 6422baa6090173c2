import { AppError } from "@flightdeck/core";
import { CommanderError } from "commander";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { reportError, usageErrorLine } from "./report-error.ts";

let written: string;
beforeEach(() => {
  written = "";
  vi.spyOn(process.stderr, "write").mockImplementation((text) => {
    written += String(text);
    return true;
  });
});
afterEach(() => vi.restoreAllMocks());

const quiet = { isVerbose: false };

test("what a caller can cure is one line, and exit code 1", () => {
  expect(reportError(new AppError("INVALID_PARAMETER_VALUE", "bad\n  thing"), quiet)).toBe(1);
  expect(written).toBe("flightdeck: bad thing\n");
});

test("what was cancelled ends as a shell shows an interrupt", () => {
  expect(reportError(new AppError("CANCELLED", "cancelled"), quiet)).toBe(130);
});

test("a bug says so and how to see more, and shows its stack when asked", () => {
  expect(reportError(new TypeError("x is undefined"), quiet)).toBe(1);
  expect(written).toBe(
    "flightdeck: unexpected error: x is undefined (a bug; FLIGHTDECK_DEBUG=1 shows where)\n",
  );
  reportError(new TypeError("x is undefined"), { isVerbose: true });
  expect(written).toContain("report-error.test.ts");
});

test("an error of the operating system is shown as it is", () => {
  const error = Object.assign(new Error("EACCES: permission denied, mkdir '/x'"), {
    code: "EACCES",
    syscall: "mkdir",
  });
  reportError(error, quiet);
  expect(written).toBe("flightdeck: EACCES: permission denied, mkdir '/x'\n");
});

test("wrong usage has been shown already and ends with 2; help ends with 0", () => {
  expect(reportError(new CommanderError(1, "commander.unknownOption", "x"), quiet)).toBe(2);
  expect(reportError(new CommanderError(0, "commander.helpDisplayed", "x"), quiet)).toBe(0);
  expect(written).toBe("");
  expect(usageErrorLine("error: unknown command 'x'\n(Did you mean y?)\n")).toBe(
    "flightdeck: unknown command 'x' (Did you mean y?)\n",
  );
});
