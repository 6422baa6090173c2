import { AppError } from "@flightdeck/core";
import type { z } from "zod";
import type { Endpoint, RequestOf } from "./endpoint.ts";

/**
 * Parses an untrusted request once. `raw` is the JSON body, or the query, joined with the path's parameters. null means
 * absent, as in protobuf's JSON form. Throws `INVALID_PARAMETER_VALUE` in MLflow's wording, naming the field.
 */
export function parseRequest<TEndpoint extends Endpoint>(
  endpoint: TEndpoint,
  raw: unknown,
): RequestOf<TEndpoint> {
  const parsed = endpoint.request.safeParse(withoutNulls(raw));
  if (parsed.success) return parsed.data as RequestOf<TEndpoint>; // The schema is the endpoint's own.
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

/** protobuf's JSON form tells absent fields from empty ones as little as this does. */
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

/** Levels of lists and objects in a request. The deepest of the wire has five; recursion below needs an end. */
const DEPTH_MAX = 32;

/** Copies only what holds a null: most requests hold none. */
function withoutNulls(value: unknown, depth = 0): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (depth >= DEPTH_MAX) {
    throw new AppError("BAD_REQUEST", `the request is nested deeper than ${DEPTH_MAX} levels`);
  }
  return Array.isArray(value) ? listWithoutNulls(value, depth) : objectWithoutNulls(value, depth);
}

function listWithoutNulls(list: readonly unknown[], depth: number): readonly unknown[] {
  const clean = list.map((item) => withoutNulls(item, depth + 1));
  return clean.every((item, index) => item === list[index]) ? list : clean;
}

function objectWithoutNulls(value: object, depth: number): object {
  const entries = Object.entries(value);
  const clean = entries.flatMap(([key, field]): [string, unknown][] =>
    field === null ? [] : [[key, withoutNulls(field, depth + 1)]],
  );
  const unchanged =
    clean.length === entries.length && clean.every(([, field], index) => field === entries[index]?.[1]);
  return unchanged ? value : Object.fromEntries(clean);
}
