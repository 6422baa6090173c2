import { AppError } from "@flightdeck/core";
import type { z } from "zod";

/**
 * Parses an untrusted request. `raw` is the JSON body or the query, merged with the path parameters. null means absent,
 * as in protobuf's JSON encoding. Throws `INVALID_PARAMETER_VALUE` with MLflow's message, naming the field.
 */
export function parseRequest<TRequest extends z.ZodType>(
  { request }: { readonly request: TRequest },
  raw: unknown,
): z.output<TRequest> {
  const parsed = request.safeParse(withoutNulls(raw));
  if (parsed.success) return parsed.data;
  throw invalidRequest(parsed.error.issues[0], raw);
}

function invalidRequest(issue: z.core.$ZodIssue | undefined, raw: unknown): AppError {
  if (issue === undefined || issue.path.length === 0) {
    return new AppError("BAD_REQUEST", "the request must be a JSON object");
  }
  const field = fieldName(issue.path);
  const got = issue.path.reduce<unknown>(member, raw);
  if (isMissing(got)) {
    return new AppError(
      "INVALID_PARAMETER_VALUE",
      `Missing value for required parameter '${field}'. See the API docs for more information about request parameters.`,
      { details: { field } },
    );
  }
  return new AppError(
    "INVALID_PARAMETER_VALUE",
    `Invalid value ${shown(got)} for parameter '${field}' supplied: ${issue.message}`,
    { details: { field } },
  );
}

/** Like protobuf's JSON encoding, this does not distinguish absent fields from empty ones. */
function isMissing(value: unknown): boolean {
  return (
    value === undefined || value === null || value === "" || (Array.isArray(value) && value.length === 0)
  );
}

function member(value: unknown, key: PropertyKey): unknown {
  return typeof value === "object" && value !== null ? Reflect.get(value, key) : undefined;
}

function fieldName(path: readonly PropertyKey[]): string {
  return path.reduce<string>((name, part) => {
    if (typeof part === "number") return `${name}[${part}]`;
    return name === "" ? String(part) : `${name}.${String(part)}`;
  }, "");
}

const SHOWN_CHARS_MAX = 100; // Enough to recognise a value, short enough for one line.

function shown(value: unknown): string {
  const text = JSON.stringify(value);
  return text.length > SHOWN_CHARS_MAX ? `${text.slice(0, SHOWN_CHARS_MAX)}…` : text;
}

/** Nested lists and objects in a request, to bound the recursion below. The deepest request has five levels. */
const DEPTH_MAX = 32;

/** Returns the value itself if it contains no null, as most requests do. */
function withoutNulls(value: unknown): unknown {
  return holdsNull(value, 0) ? copyWithoutNulls(value) : value;
}

function holdsNull(value: unknown, depth: number): boolean {
  if (typeof value !== "object" || value === null) return false;
  if (depth >= DEPTH_MAX) {
    throw new AppError("BAD_REQUEST", `the request is nested deeper than ${DEPTH_MAX} levels`);
  }
  if (Array.isArray(value)) return anyHoldsNull(value, depth + 1);
  const fields: readonly unknown[] = Object.values(value);
  return anyHoldsNull(fields, depth + 1) || fields.includes(null);
}

/** Checks all values without stopping early, so that excessive depth is found anywhere. */
function anyHoldsNull(values: readonly unknown[], depth: number): boolean {
  let isHeld = false;
  for (const value of values) if (holdsNull(value, depth)) isHeld = true;
  return isHeld;
}

function copyWithoutNulls(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map(copyWithoutNulls);
  const kept = Object.entries(value).filter(([, field]) => field !== null);
  return Object.fromEntries(kept.map(([key, field]) => [key, copyWithoutNulls(field)]));
}
