import { AppError } from "@flightdeck/core";
import { usageOf } from "../entry-point/usage-of.ts";
import type { EntryPoint, Parameter } from "../project/project.ts";
import { problemOfValue } from "./problem-of-value.ts";

export type ResolveParametersOptions = {
  readonly entryPoint: EntryPoint;
  readonly given: Readonly<Record<string, string>>;
  /** What relative paths among the given values start from. */
  readonly cwd: string;
  /** What relative paths among the defaults start from. */
  readonly projectFolder: string;
  /** Whether paths are of another machine, so that nothing can be said about them; default false. */
  readonly isRemote?: boolean;
};

export type ResolvedParameter = {
  readonly parameter: Parameter;
  readonly value: string;
  /** What the value is relative to, when it is a relative path. */
  readonly folder: string;
};

export type ResolvedParameters = {
  /** In the order of the entry point. */
  readonly declared: readonly ResolvedParameter[];
  /** Given, but not declared: in the order given. */
  readonly extra: ReadonlyMap<string, string>;
};

/** Longer values are cut in messages. */
const SHOWN_VALUE_CHARS_MAX = 80;

/**
 * The value of every parameter. Throws `INVALID_PARAMETER_VALUE` with all that are missing or mistyped at once, and the
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
  throw new AppError("INVALID_PARAMETER_VALUE", message);
}

/** The parameter with its value, or what is wrong with it. */
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
