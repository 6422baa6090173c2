import { invalid, isObject } from "@flightdeck/core";
import type { Endpoint, HttpMethod } from "@flightdeck/protocol";

/** An endpoint's request in HTTP terms. */
export type EncodedRequest = {
  readonly method: HttpMethod;
  /** From `/api` on, with path parameters and query. */
  readonly path: string;
  /** JSON text; absent for GET, whose fields are in the query. */
  readonly body?: string | undefined;
};

type Fields = Readonly<Record<string, unknown>>;

/**
 * Turns a request into method, path, query and body. Path parameters fill the path. A GET puts the remaining fields in
 * its query (a list repeats its key); other methods put all fields in the JSON body, since MLflow's own server expects
 * the path parameters there too. Undefined fields are left out.
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

/** The URL parser would resolve "." and ".." as path segments, so they cannot be ids. */
function encodePathParameter(name: string, value: unknown): string {
  if (typeof value === "string" && value !== "" && value !== "." && value !== "..") {
    return encodeURIComponent(value);
  }
  throw invalid(`${name} must be a non-empty string other than "." and "..", got ${JSON.stringify(value)}`);
}

function encodeQuery(fields: Fields): string {
  const query = new URLSearchParams();
  for (const [key, value] of Object.entries(fields)) {
    const items: readonly unknown[] = Array.isArray(value) ? value : [value];
    for (const item of items) if (item !== undefined) query.append(key, queryText(item));
  }
  return query.toString();
}

/** GET requests contain only strings, numbers and booleans; anything else would be sent as JSON. */
function queryText(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

/**
 * Adds back the fields that the parser dropped because it does not know them, at every depth. Where both have a value,
 * the parsed one wins. A null field counts as absent.
 */
export function withUnknownFields(parsed: unknown, answer: unknown): unknown {
  if (Array.isArray(parsed) && Array.isArray(answer)) {
    return parsed.map((item, index) => withUnknownFields(item, answer[index]));
  }
  if (!isObject(parsed) || !isObject(answer)) return parsed;
  const unknown = Object.entries(answer).filter(
    ([name, value]) => value !== null && !Object.hasOwn(parsed, name),
  );
  const known = Object.entries(parsed).map(([name, value]) => [
    name,
    withUnknownFields(value, Object.hasOwn(answer, name) ? answer[name] : undefined),
  ]);
  return Object.fromEntries([...known, ...unknown]);
}
