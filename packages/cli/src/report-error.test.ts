import { AppError, invalid } from "@flightdeck/core";
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

test("an error that the caller can fix is one line, with exit code 1", () => {
  expect(reportError(invalid("bad\n  thing"), quiet)).toBe(1);
  expect(written).toBe("flightdeck: bad thing\n");
});

test("a cancelled command exits with the shell's code for an interrupt", () => {
  expect(reportError(new AppError("CANCELLED", "cancelled"), quiet)).toBe(130);
});

test("a bug is reported as one, says how to see more, and shows its stack when asked", () => {
  expect(reportError(new TypeError("x is undefined"), quiet)).toBe(1);
  expect(written).toBe(
    "flightdeck: unexpected error: x is undefined (a bug; FLIGHTDECK_DEBUG=1 shows where)\n",
  );
  reportError(new TypeError("x is undefined"), { isVerbose: true });
  expect(written).toContain("report-error.test.ts");
});

test("an error of the operating system names the file first", () => {
  const error = Object.assign(new Error("EACCES: permission denied, mkdir '/x'"), {
    code: "EACCES",
    syscall: "mkdir",
  });
  reportError(error, quiet);
  expect(written).toBe("flightdeck: /x: permission denied\n");
});

test("wrong usage is not printed again and exits with 2; help exits with 0", () => {
  expect(reportError(new CommanderError(1, "commander.unknownOption", "x"), quiet)).toBe(2);
  expect(reportError(new CommanderError(0, "commander.helpDisplayed", "x"), quiet)).toBe(0);
  expect(written).toBe("");
  expect(usageErrorLine("error: unknown command 'x'\n(Did you mean y?)\n")).toBe(
    "flightdeck: unknown command 'x' (Did you mean y?)\n",
  );
});
