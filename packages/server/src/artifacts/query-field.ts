import { AppError } from "@flightdeck/core";
import type { FastifyRequest } from "fastify";

/** A field of the query; the first when it is given more than once. */
export function queryField({ query }: FastifyRequest, field: string): string | undefined {
  const given: unknown = typeof query === "object" && query !== null ? Reflect.get(query, field) : undefined;
  const value: unknown = Array.isArray(given) ? given[0] : given;
  return typeof value === "string" && value !== "" ? value : undefined;
}

export function required(value: string | undefined, field: string): string {
  if (value !== undefined) return value;
  throw new AppError("BAD_REQUEST", `Request must include the "${field}" query parameter.`);
}
