import { invalid, isObject } from "@flightdeck/core";
import type { ColumnType, ParamSpec } from "./signature.ts";

type Params = Readonly<Record<string, unknown>>;

/**
 * Keeps the parameters that the signature declares and fills in defaults; ignores others. Throws
 * `INVALID_PARAMETER_VALUE`, in MLflow's wording, for a wrong type.
 */
export function enforceParams(params: unknown, specs: readonly ParamSpec[] | undefined): Params | undefined {
  if (specs === undefined) return undefined;
  const given = params ?? {};
  if (!isObject(given)) throw invalid(`Parameters must be a dictionary. Got type '${pythonType(params)}'.`);
  const problems = specs.flatMap((spec) => problemOf(given[spec.name], spec) ?? []);
  if (problems.length > 0) {
    const listed = problems.map(({ name, problem }) => `('${name}', "${problem}")`).join(", ");
    throw invalid(`Invalid parameters found: {${listed}}`);
  }
  return Object.fromEntries(
    specs.map(({ name, default: value }) => [name, Object.hasOwn(given, name) ? given[name] : value]),
  );
}

function problemOf(
  value: unknown,
  { name, type, shape }: ParamSpec,
): { readonly name: string; readonly problem: string } | undefined {
  if (value === undefined || value === null) return undefined;
  if (shape !== undefined) {
    if (!Array.isArray(value)) {
      const problem = `Value must be a 1D array with shape (-1,) for param ${JSON.stringify(name)}: ${type} (required), received ${pythonType(value)}`;
      return { name, problem };
    }
    const bad = value.find((item) => !fits(item, type));
    return bad === undefined ? undefined : { name, problem: unsafe(bad, type) };
  }
  if (typeof value === "object") {
    return { name, problem: `Value must be a scalar for type \`DataType.${type}\`` };
  }
  return fits(value, type) ? undefined : { name, problem: unsafe(value, type) };
}

/** A whole JSON number is a Python int. Ints fit every number type, floats fit float and double. */
function fits(value: unknown, type: ColumnType): boolean {
  switch (type) {
    case "boolean":
      return typeof value === "boolean";
    case "integer":
    case "long":
      return Number.isInteger(value);
    case "float":
    case "double":
      return typeof value === "number";
    case "string":
    case "binary":
      return typeof value === "string";
    case "datetime":
      return typeof value === "string" && !Number.isNaN(Date.parse(value));
  }
}

function unsafe(value: unknown, type: ColumnType): string {
  return `Can not safely convert \`<class '${pythonType(value)}'>\` to \`DataType.${type}\` for value \`${String(value)}\``;
}

/** Python's name for the type of a JSON value. */
function pythonType(value: unknown): string {
  if (value === null || value === undefined) return "NoneType";
  if (typeof value === "boolean") return "bool";
  if (typeof value === "number") return Number.isInteger(value) ? "int" : "float";
  if (typeof value === "string") return "str";
  return Array.isArray(value) ? "list" : "dict";
}
