import type { z } from "zod";

/** What a principal must hold to call an endpoint; the server denies where none is named. */
export const PERMISSIONS = [
  "public",
  "workspace.view",
  "workspace.edit",
  "workspace.admin",
  "experiment.view",
  "experiment.edit",
  "experiment.manage",
  "model.view",
  "model.edit",
  "model.manage",
] as const;
export type Permission = (typeof PERMISSIONS)[number];

export type HttpMethod = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";

/** REST version in the path: `/api/2.0/…`. */
export type ApiVersion = "2.0" | "2.1" | "2.2" | "3.0";

/**
 * One call of the wire: where it is, who may make it, what goes in and what comes out. `path` is below the version and
 * holds `{name}` for path parameters, which are fields of the request like any other.
 */
export type Endpoint<TRequest extends z.ZodType = z.ZodType, TResponse extends z.ZodType = z.ZodType> = {
  readonly methods: readonly [HttpMethod, ...HttpMethod[]];
  readonly path: `/${string}`;
  readonly versions: readonly [ApiVersion, ...ApiVersion[]];
  readonly permission: Permission;
  /** Its POST may come without a body, with the fields in the query. */
  readonly fieldsInQuery?: true;
  readonly request: TRequest;
  readonly response: TResponse;
};

type EndpointInput<TRequest extends z.ZodType, TResponse extends z.ZodType> = Omit<
  Endpoint<TRequest, TResponse>,
  "versions"
> & { readonly versions?: Endpoint["versions"] };

/** Declares an endpoint; it is served under version 2.0 unless it says otherwise. */
export function endpoint<TRequest extends z.ZodType, TResponse extends z.ZodType>(
  input: EndpointInput<TRequest, TResponse>,
): Endpoint<TRequest, TResponse> {
  return { versions: ["2.0"], ...input };
}

/** The request after parsing: what a server's handler gets. */
export type RequestOf<TEndpoint extends Endpoint> = z.output<TEndpoint["request"]>;
/** The request before parsing: what a client may send. */
export type RequestInputOf<TEndpoint extends Endpoint> = z.input<TEndpoint["request"]>;
/** The response as a client reads it. */
export type ResponseOf<TEndpoint extends Endpoint> = z.output<TEndpoint["response"]>;
/** The response before serialising: what a server's handler gives. */
export type ResponseInputOf<TEndpoint extends Endpoint> = z.input<TEndpoint["response"]>;
