import { decodeArtifactPath } from "@flightdeck/artifacts";
import { AppError, parseUntrustedJson } from "@flightdeck/core";
import { LIMITS } from "@flightdeck/protocol";
import type { FastifyRequest } from "fastify";

type Fields = Readonly<Record<string, unknown>>;

/** A JSON call's fields: the body, or the query where there is none, joined with the path's parameters. */
export async function fieldsOfCall(request: FastifyRequest): Promise<unknown> {
  const fields = request.body ?? (await bodyOfGet(request)) ?? request.query;
  if (typeof fields !== "object" || fields === null || Array.isArray(fields)) return fields;
  return joined({ ...fields }, request.params as Fields); // The router makes nothing else.
}

/** The fields of a route beside the table: the query, joined with the path's parameters. A `*` stays, as it was sent. */
export function fieldsOfRoute({ query, params }: FastifyRequest): Fields {
  return joined(query as Fields, params as Fields); // Fastify makes objects of both.
}

/** A field that the path names and the rest names differently would mean one thing here and another there. */
function joined(fields: Fields, params: Fields): Fields {
  for (const [name, value] of Object.entries(params)) {
    const other = fields[name];
    if (other === undefined || other === null || saysTheSame(other, value)) continue;
    const message = `'${name}' is given twice, by the path and beside it, with different values`;
    throw new AppError("INVALID_PARAMETER_VALUE", message);
  }
  return { ...fields, ...params };
}

/** JSON may give as a number what the path gives as text. */
function saysTheSame(other: unknown, inPath: unknown): boolean {
  return other === inPath || (typeof other === "number" && String(other) === inPath);
}

/**
 * The path behind `root` as it came, still encoded, decoded once. The router has decoded its own copy to find the route,
 * so a target that spells the route in another way ends here too, and is refused.
 */
export function pathBelow(root: string, request: Pick<FastifyRequest, "url">): string {
  const [target = ""] = request.url.split("?", 1);
  if (target.startsWith(root)) return decodeArtifactPath(target.slice(root.length));
  throw new AppError("ENDPOINT_NOT_FOUND", `the path '${root}' must not be percent-encoded`);
}

/**
 * The JSON body of a GET, which HTTP gives no meaning and MLflow's clients send all the same: project runs when they
 * look into DBFS, 1.x everywhere there. undefined when there is none.
 */
async function bodyOfGet({ method, headers, raw }: FastifyRequest): Promise<unknown> {
  if (method !== "GET" || Number(headers["content-length"] ?? 0) === 0) return undefined;
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of raw as AsyncIterable<Buffer>) {
    bytes += chunk.byteLength;
    if (bytes > LIMITS.jsonBodyBytesMax)
      throw new AppError("MAX_BLOCK_SIZE_EXCEEDED", "the body is too large");
    chunks.push(chunk);
  }
  try {
    return parseUntrustedJson(Buffer.concat(chunks).toString("utf8"));
  } catch (cause) {
    throw new AppError("MALFORMED_REQUEST", "the body is not valid JSON", { cause });
  }
}
