import type { EndpointName, endpoints, RequestOf, ResponseInputOf } from "@flightdeck/protocol";
import type { Store } from "@flightdeck/store";
import type { ClientFacts } from "../http/read-request.ts";
import type { Principal } from "../identity/principal.ts";
import type { LongResponse } from "./long-response.ts";

type Endpoints = typeof endpoints;

/** Everything about one request except its fields. A handler gets all other dependencies when it is created. */
export type RequestContext = {
  /** The store as the caller may use it. */
  readonly store: Store;
  readonly principal: Principal;
  readonly client: ClientFacts;
};

/** Answers one call: takes its parsed request and returns its response on the wire, in slices if it is long. */
export type Handler<TName extends EndpointName> = (
  request: RequestOf<Endpoints[TName]>,
  context: RequestContext,
) => Promise<ResponseInputOf<Endpoints[TName]> | LongResponse>;

/** One handler for each entry of the endpoint table; the compiler reports a missing one. */
export type Handlers = { readonly [TName in EndpointName]: Handler<TName> };
