import { invalid } from "@flightdeck/core";
import { LIMITS } from "@flightdeck/protocol";
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import type { EntryPoint, Parameter, ParameterType } from "../project/project.ts";

type ResolveParametersOptions = {
  readonly entryPoint: EntryPoint;
  readonly given: Readonly<Record<string, string>>;
  /** Relative paths among the given values are resolved against it. */
  readonly cwd: string;
  /** Relative paths among the defaults are resolved against it. */
  readonly projectFolder: string;
  /** Whether the project runs on another machine, so that local paths cannot be checked; default false. */
  readonly isRemote?: boolean | undefined;
};

export type ResolvedParameter = {
  readonly parameter: Parameter;
  readonly value: string;
  /** The folder that a relative path is resolved against. */
  readonly folder: string;
};

export type ResolvedParameters = {
  /** In the entry point's order. */
  readonly declared: readonly ResolvedParameter[];
  /** Undeclared parameters, in the order given. */
  readonly extra: ReadonlyMap<string, string>;
};

/** Longer values are truncated in messages. */
const SHOWN_VALUE_CHARS_MAX = 80;

/** The syntax of Python's `int` and `float`, without digit separators. */
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

/** RFC 3986, section 3.1. */
const SCHEME = /^(?<scheme>[a-z][a-z0-9+.-]*):/i;

/**
 * The value of every parameter. Throws one `INVALID_PARAMETER_VALUE` that lists all missing and mistyped parameters and the
 * entry point's usage.
 */
export function resolveParameters(options: ResolveParametersOptions): ResolvedParameters {
  const { entryPoint, given } = options;
  const declared = entryPoint.parameters.map((parameter) => resolveParameter(parameter, options));
  const names = new Set(entryPoint.parameters.map(({ name }) => name));
  const extra = new Map(Object.entries(given).filter(([name]) => !names.has(name)));
  const problems = declared.flatMap((each) => (typeof each === "string" ? [each] : []));
  const extraProblems = [...extra].flatMap(([name, value]) =>
    complaint(name, value, problemOfValue(value, "string", "")),
  );
  const all = [...problems, ...extraProblems];
  if (all.length === 0) return { declared: declared.filter((each) => typeof each !== "string"), extra };
  const message = `entry point "${entryPoint.name}": ${all.join("; ")}. Usage: ${usageOf(entryPoint)}`;
  throw invalid(message);
}

/** The parameter with its value, or an error message. */
function resolveParameter(
  parameter: Parameter,
  options: ResolveParametersOptions,
): ResolvedParameter | string {
  const { name, type } = parameter;
  const given = Object.hasOwn(options.given, name) ? options.given[name] : undefined;
  const value = given ?? parameter.default;
  if (value === undefined) return `parameter ${name} (${type}) is missing`;
  const folder = given === undefined ? options.projectFolder : options.cwd;
  const checkedType = type === "path" && options.isRemote === true ? "string" : type;
  const [problem] = complaint(name, value, problemOfValue(value, checkedType, folder));
  return problem ?? { parameter, value, folder };
}

function complaint(name: string, value: string, problem: string | undefined): readonly string[] {
  if (problem === undefined) return [];
  const shown = value.length > SHOWN_VALUE_CHARS_MAX ? `${value.slice(0, SHOWN_VALUE_CHARS_MAX)}…` : value;
  return [`parameter ${name} ${problem}, got ${JSON.stringify(shown)}`];
}

/** An error message without the value itself; undefined when the value is valid. */
function problemOfValue(value: string, type: ParameterType, folder: string): Problem {
  if (value.includes("\0")) return "must not contain NUL";
  if (value.length > LIMITS.paramValueCharsMax)
    return `must have at most ${LIMITS.paramValueCharsMax} characters`;
  return CHECKS[type](value, folder);
}

/** An entry point's parameters as on the command line; optional ones in brackets. */
function usageOf({ name, parameters }: EntryPoint): string {
  return ["-e", name, ...parameters.map(parameterUsage)].join(" ");
}

function parameterUsage({ name, type, default: fallback }: Parameter): string {
  return fallback === undefined ? `-P ${name}=<${type}>` : `[-P ${name}=<${type}, default ${fallback}>]`;
}

/** The scheme of a URI in lower case; undefined for a plain path. */
function schemeOf(value: string): string | undefined {
  return SCHEME.exec(value)?.groups?.["scheme"]?.toLowerCase();
}

/** The local path that a value of type `path` names; undefined when it has to be downloaded. */
export function localPathOf(value: string): string | undefined {
  const scheme = schemeOf(value);
  if (scheme === undefined) return value;
  return scheme === "file" ? value.replace(/^file:\/*/i, "/") : undefined;
}
