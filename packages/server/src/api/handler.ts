import type { EndpointName, endpoints, RequestOf, ResponseInputOf } from "@flightdeck/protocol";
import type { Principal } from "../http/authenticator.ts";
import type { ClientFacts } from "./client-facts.ts";
import type { Services } from "./services.ts";

type Endpoints = typeof endpoints;

/** What a handler has beside its request. */
export type RequestContext = Services & { readonly principal: Principal; readonly client: ClientFacts };

/** Answers one call: from its parsed request to its response on the wire. */
export type Handler<TName extends EndpointName> = (
  request: RequestOf<Endpoints[TName]>,
  context: RequestContext,
) => Promise<ResponseInputOf<Endpoints[TName]>>;

/** One handler for each entry of the endpoint table: the compiler asks for those that are missing. */
export type Handlers = { readonly [TName in EndpointName]: Handler<TName> };
