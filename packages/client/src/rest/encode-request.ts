import { AppError } from "@flightdeck/core";
import type { Endpoint, HttpMethod } from "@flightdeck/protocol";

/** An endpoint's request as HTTP has it. */
export type EncodedRequest = {
  readonly method: HttpMethod;
  /** From the API prefix on, with path parameters and query. */
  readonly path: string;
  /** JSON text; absent for GET, whose fields travel in the query. */
  readonly body?: string;
};

type Fields = Readonly<Record<string, unknown>>;

/**
 * Turns a request into method, path, query and body. Fields named in the path go there; a GET has the rest in its query
 * (a list repeats its key), others have all of them in their JSON body, since MLflow's own server asks there for those of
 * the path too. Fields that are undefined are left out.
 */
export function encodeRequest(endpoint: Endpoint, request: Fields): EncodedRequest {
  const [method] = endpoint.methods;
  const [version] = endpoint.versions;
  const path = `/api/${version}${fillPath(endpoint.path, request)}`;
  if (method !== "GET") return { method, path, body: JSON.stringify(request) };
  const query = encodeQuery(withoutPathFields(endpoint.path, request));
  return { method, path: query === "" ? path : `${path}?${query}` };
}

const PATH_FIELD = /\{(\w+)\}/g;

function fillPath(template: string, request: Fields): string {
  return template.replace(PATH_FIELD, (_, name: string) => encodePathParameter(name, request[name]));
}

function withoutPathFields(template: string, request: Fields): Fields {
  return Object.fromEntries(Object.entries(request).filter(([name]) => !template.includes(`{${name}}`)));
}

/** "." and ".." would be taken for path steps by the URL's own parser, so they cannot be ids. */
function encodePathParameter(name: string, value: unknown): string {
  if (typeof value === "string" && value !== "" && value !== "." && value !== "..") {
    return encodeURIComponent(value);
  }
  throw new AppError(
    "INVALID_PARAMETER_VALUE",
    `${name} must be a non-empty text that can stand in a path, got ${JSON.stringify(value)}`,
  );
}

function encodeQuery(fields: Fields): string {
  const query = new URLSearchParams();
  for (const [key, value] of Object.entries(fields)) {
    const items: readonly unknown[] = Array.isArray(value) ? value : [value];
    for (const item of items) if (item !== undefined) query.append(key, queryText(item));
  }
  return query.toString();
}

/** Requests of GET endpoints hold texts, numbers and booleans only; anything else would show as its JSON. */
function queryText(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}
