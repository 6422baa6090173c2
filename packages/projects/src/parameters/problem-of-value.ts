import { LIMITS } from "@flightdeck/protocol";
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import type { ParameterType } from "../project/project.ts";
import { localPathOf, schemeOf } from "./local-path-of.ts";

/** What Python's `int` and `float` read, without digit separators. */
const INT = /^\s*[+-]?\d+\s*$/;
const FLOAT = /^\s*[+-]?(?:(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?|inf(?:inity)?|nan)\s*$/i;

type Problem = string | undefined;
const CHECKS: Readonly<Record<ParameterType, (value: string, folder: string) => Problem>> = {
  string: () => undefined,
  int: (value) => (INT.test(value) ? undefined : "must be an int"),
  float: (value) => (FLOAT.test(value) ? undefined : "must be a float"),
  uri: (value) => (schemeOf(value) === undefined ? "must be a URI with a scheme" : undefined),
  path: (value, folder) => {
    const path = localPathOf(value);
    return path === undefined || existsSync(resolve(folder, path)) ? undefined : "must be a path that exists";
  },
};

/** What is wrong with a parameter's value, without the value; undefined when nothing is. */
export function problemOfValue(value: string, type: ParameterType, folder: string): Problem {
  if (value.includes("\0")) return "must not hold NUL";
  if (value.length > LIMITS.paramValueCharsMax)
    return `must have at most ${LIMITS.paramValueCharsMax} characters`;
  return CHECKS[type](value, folder);
}
