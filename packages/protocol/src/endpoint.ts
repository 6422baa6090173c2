import type { z } from "zod";
import { type Access, type AccessDeclaration, accessOf, type Creation } from "./access.ts";
import type { RegistryEvent } from "./registry/registry-event.ts";

/** A record that was written. To find out what changed, fetch it with the ordinary calls. */
export type Change = {
  readonly kind: "experiment" | "run" | "logged_model" | "registered_model" | "job_run";
  readonly id: string;
};

type ChangesOf<TRequest> = (request: TRequest) => readonly Change[];

/** Creates the changes that the page follows live. */
export const changed = {
  experiment: (id: string): Change => ({ kind: "experiment", id }),
  run: (id: string): Change => ({ kind: "run", id }),
  loggedModel: (id: string): Change => ({ kind: "logged_model", id }),
  registeredModel: (id: string): Change => ({ kind: "registered_model", id }),
  jobRun: (id: number | string): Change => ({ kind: "job_run", id: String(id) }),
};

/** Declares that a call changes nothing that the page follows live. */
export const changesNothingFollowed = (): readonly Change[] => [];
export const changesExperiment: ChangesOf<{ experiment_id: string }> = ({ experiment_id: id }) => [
  changed.experiment(id),
];
export const changesRun: ChangesOf<{ run_id: string }> = ({ run_id: id }) => [changed.run(id)];
export const changesLoggedModel: ChangesOf<{ model_id: string }> = ({ model_id: id }) => [
  changed.loggedModel(id),
];
export const changesRegisteredModel: ChangesOf<{ name: string }> = ({ name }) => [
  changed.registeredModel(name),
];

/** HTTP methods of endpoints. */
export type HttpMethod = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";

/** The REST version in the path: `/api/2.0/…`. */
export type ApiVersion = "2.0" | "2.1" | "2.2" | "3.0";

/**
 * Everything about one call: its path, request and response, who may make it on which resources, what it creates and
 * changes. `path` follows the version and contains `{name}` for path parameters, which are also fields of the request.
 */
export type Endpoint<TRequest extends z.ZodType = z.ZodType, TResponse extends z.ZodType = z.ZodType> = {
  readonly methods: readonly [HttpMethod, ...HttpMethod[]];
  readonly path: `/${string}`;
  readonly versions: readonly [ApiVersion, ...ApiVersion[]];
  readonly access: Access<z.output<TRequest>>;
  readonly creates?: Creation | undefined;
  /**
   * Repeating the call has no further effect, so a client may retry it after a lost connection: values overwrite, or
   * equal ones are ignored. GET always is. Create and rename are not, since repeating them fails or creates a second
   * thing; nor is delete, which finds nothing the second time.
   */
  readonly isIdempotent?: true | undefined;
  /**
   * The call starts programs as the server's user, or defines what such programs do. It requires a login even on a
   * server without authentication, unless the operator allows it.
   */
  readonly startsPrograms?: true | undefined;
  /** A POST may send the fields in the query instead of a body. */
  readonly fieldsInQuery?: true | undefined;
  readonly request: TRequest;
  readonly response: TResponse;
  // Methods rather than properties, so that every endpoint is assignable to `Endpoint`: parameters of methods are
  // bivariant.
  /** The records that the call has changed. Required for every call that changes anything. */
  changes?(this: void, request: z.output<TRequest>, response: z.input<TResponse>): readonly Change[];
  /** The registry event that the call has caused, for webhooks. */
  registryEvent?(this: void, request: z.output<TRequest>, response: z.input<TResponse>): RegistryEvent;
};

type EndpointInput<TRequest extends z.ZodType, TResponse extends z.ZodType> = Omit<
  Endpoint<TRequest, TResponse>,
  "versions" | "access"
> &
  AccessDeclaration<z.output<TRequest>> & { readonly versions?: Endpoint["versions"] };

/** Declares an endpoint. The default version is 2.0. */
export function endpoint<TRequest extends z.ZodType, TResponse extends z.ZodType>(
  input: EndpointInput<TRequest, TResponse>,
): Endpoint<TRequest, TResponse> {
  return { versions: ["2.0"], ...input, access: accessOf<z.output<TRequest>>(input) };
}

/** The request after parsing, as the server's handler receives it. */
export type RequestOf<TEndpoint extends Endpoint> = z.output<TEndpoint["request"]>;
/** The request before parsing, as a client may send it. */
export type RequestInputOf<TEndpoint extends Endpoint> = z.input<TEndpoint["request"]>;
/** The response as a client reads it. */
export type ResponseOf<TEndpoint extends Endpoint> = z.output<TEndpoint["response"]>;
/** The response before serialization, as the server's handler returns it. */
export type ResponseInputOf<TEndpoint extends Endpoint> = z.input<TEndpoint["response"]>;
