import { decodeArtifactPath } from "@flightdeck/artifacts";
import { AppError, parseUntrustedJson } from "@flightdeck/core";
import { LIMITS, LINEAGE_HEADER, isWorkspaceUserAgent } from "@flightdeck/protocol";
import type { FastifyRequest } from "fastify";

type Fields = Readonly<Record<string, unknown>>;

/** The fields of a JSON call: its body, or its query if it has no body, merged with the path parameters. */
export async function fieldsOfCall(request: FastifyRequest): Promise<unknown> {
  const fields = request.body ?? (await bodyOfGet(request)) ?? request.query;
  if (typeof fields !== "object" || fields === null || Array.isArray(fields)) return fields;
  return joined({ ...fields }, request.params as Fields); // The router always creates an object.
}

/**
 * The fields of a route outside the endpoint table: its query merged with the path parameters. A `*` stays undecoded.
 */
export function fieldsOfRoute({ query, params }: FastifyRequest): Fields {
  return joined(query as Fields, params as Fields); // Fastify parses both into objects.
}

/**
 * Refuses a field whose value in the path differs from that in the query or body: a check could read one and the
 * handler the other.
 */
function joined(fields: Fields, params: Fields): Fields {
  for (const [name, value] of Object.entries(params)) {
    const other = fields[name];
    if (other === undefined || other === null || saysTheSame(other, value)) continue;
    const message = `'${name}' is given twice, by the path and beside it, with different values`;
    throw new AppError("INVALID_PARAMETER_VALUE", message);
  }
  return { ...fields, ...params };
}

/** Numbers in JSON are text in the path. */
function saysTheSame(other: unknown, inPath: unknown): boolean {
  return other === inPath || (typeof other === "number" && String(other) === inPath);
}

/**
 * The path below `root`, decoded once from the raw target. The router matches a decoded copy, so a target with a
 * percent-encoded route also gets here, and is refused.
 */
export function pathBelow(root: string, request: Pick<FastifyRequest, "url">): string {
  const [target = ""] = request.url.split("?", 1);
  if (target.startsWith(root)) return decodeArtifactPath(target.slice(root.length));
  throw new AppError("ENDPOINT_NOT_FOUND", `the path '${root}' must not be percent-encoded`);
}

/**
 * The JSON body of a GET; undefined if there is none. HTTP defines no meaning for it, but MLflow's clients send one:
 * project runs that look into DBFS, and 1.x for every DBFS call.
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

/** What a request reveals about its client. */
export type ClientFacts = {
  /**
   * The URL at which the client reaches this server, such as `http://127.0.0.1:5000`. URLs in responses begin with it.
   */
  readonly origin: string;
  /** Whether the client treats this server as a Databricks workspace. */
  readonly speaksDatabricks: boolean;
  /** Identifies the job or notebook that the client runs in; parsed by `parseLineageHeader`. */
  readonly lineageHeader: string | undefined;
};

/** The guard has already checked the host. A proxy that terminates TLS sets `x-forwarded-proto`. */
export function clientFacts({ headers }: FastifyRequest): ClientFacts {
  const scheme = headers["x-forwarded-proto"] === "https" ? "https" : "http";
  const lineage = headers[LINEAGE_HEADER];
  return {
    origin: `${scheme}://${headers.host ?? ""}`,
    speaksDatabricks: speaksDatabricks(headers),
    lineageHeader: typeof lineage === "string" ? lineage : undefined,
  };
}

/**
 * MLflow since 2.12 calls a workspace through databricks-sdk, and Flightdeck's own client names the dialect. MLflow 1.x
 * has the same user agent for both; it always logs in to a workspace, but to an MLflow server only if it has
 * credentials.
 */
function speaksDatabricks({ "user-agent": agent = "", authorization }: FastifyRequest["headers"]): boolean {
  if (agent.includes("databricks-sdk") || isWorkspaceUserAgent(agent)) return true;
  return authorization !== undefined && agent.startsWith("mlflow-python-client/1.");
}

/** The host of a request target in absolute form (RFC 9112, section 3.2.2); undefined for any other form. */
export function absoluteHostOf(target: string): string | undefined {
  return ABSOLUTE_FORM.exec(target)?.[1];
}

const ABSOLUTE_FORM = /^https?:\/\/([^/?#]*)/i;

/** The path and query of a request target in absolute form; other forms are returned unchanged. */
export function originForm(target: string): string {
  const rest = target.replace(ABSOLUTE_FORM, "");
  return rest.startsWith("/") ? rest : `/${rest}`;
}
