import type { z } from "zod";
import { type Access, type AccessDeclaration, accessOf, type Creation } from "./access/access.ts";
import type { Change } from "./events/change.ts";
import type { RegistryEvent } from "./webhooks/registry-event.ts";

export type HttpMethod = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";

/** REST version in the path: `/api/2.0/…`. */
export type ApiVersion = "2.0" | "2.1" | "2.2" | "3.0";

/**
 * One call of the wire, with every fact about it: where it is, what goes in and what comes out, who may make it on what,
 * what it creates and changes. `path` is below the version and holds `{name}` for path parameters, which are fields of
 * the request like any other.
 */
export type Endpoint<TRequest extends z.ZodType = z.ZodType, TResponse extends z.ZodType = z.ZodType> = {
  readonly methods: readonly [HttpMethod, ...HttpMethod[]];
  readonly path: `/${string}`;
  readonly versions: readonly [ApiVersion, ...ApiVersion[]];
  readonly access: Access<z.output<TRequest>>;
  readonly creates?: Creation;
  /**
   * The same call may be made twice without a second effect, so that a client whose connection broke tries again. Values
   * overwrite, or equal ones are ignored. GET always may. Not so create and rename, whose second try fails or makes a
   * second thing, and delete, whose second try finds nothing.
   */
  readonly isIdempotent?: true;
  /**
   * It starts programs as the server's own user, or says what such programs do. Where nobody needs to log in, it needs a
   * login all the same, unless the operator opens it.
   */
  readonly startsPrograms?: true;
  /** Its POST may come without a body, with the fields in the query. */
  readonly fieldsInQuery?: true;
  readonly request: TRequest;
  readonly response: TResponse;
  // Methods, so that each endpoint fits where any may stand: what they get comes from its own schemas.
  /** The records that the answered call has changed. Every call that changes anything declares it. */
  changes?(this: void, request: z.output<TRequest>, response: z.input<TResponse>): readonly Change[];
  /** What the answered call has made happen in the registry, for webhooks. */
  registryEvent?(this: void, request: z.output<TRequest>, response: z.input<TResponse>): RegistryEvent;
};

type EndpointInput<TRequest extends z.ZodType, TResponse extends z.ZodType> = Omit<
  Endpoint<TRequest, TResponse>,
  "versions" | "access"
> &
  AccessDeclaration<z.output<TRequest>> & { readonly versions?: Endpoint["versions"] };

/** Declares an endpoint; it is served under version 2.0 unless it says otherwise. */
export function endpoint<TRequest extends z.ZodType, TResponse extends z.ZodType>(
  input: EndpointInput<TRequest, TResponse>,
): Endpoint<TRequest, TResponse> {
  return { versions: ["2.0"], ...input, access: accessOf<z.output<TRequest>>(input) };
}

/** The request after parsing: what a server's handler gets. */
export type RequestOf<TEndpoint extends Endpoint> = z.output<TEndpoint["request"]>;
/** The request before parsing: what a client may send. */
export type RequestInputOf<TEndpoint extends Endpoint> = z.input<TEndpoint["request"]>;
/** The response as a client reads it. */
export type ResponseOf<TEndpoint extends Endpoint> = z.output<TEndpoint["response"]>;
/** The response before serialising: what a server's handler gives. */
export type ResponseInputOf<TEndpoint extends Endpoint> = z.input<TEndpoint["response"]>;
