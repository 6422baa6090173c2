import { type Endpoint, type EndpointName, endpoints, parseRequest } from "@flightdeck/protocol";
import type { FastifyRequest } from "fastify";
import { admit } from "../identity/access.ts";
import { clientFacts } from "./client-facts.ts";
import type { RequestContext } from "./handler.ts";
import { handlers } from "./handlers.ts";
import type { Services } from "./services.ts";

/** A call of the endpoint table, with its fields as they came. */
export type RawCall = { readonly name: EndpointName; readonly raw: unknown };

/** What the compiler knows of each entry alone, but not of all: the handler takes what its schema gives. */
type AnyHandler = (request: unknown, context: RequestContext) => Promise<unknown>;

/**
 * Makes a call on behalf of a request: parses it once, checks what the endpoint declares, has it answered, and publishes
 * what it has changed.
 */
export async function callEndpoint(
  services: Services,
  request: FastifyRequest,
  { name, raw }: RawCall,
): Promise<unknown> {
  const endpoint: Endpoint = endpoints[name];
  const handle = handlers[name] as AnyHandler;
  const input = parseRequest(endpoint, raw);
  const store = await admit(services.store, request, { ...endpoint, input });
  const { principal } = request;
  const response = await handle(input, { ...services, store, principal, client: clientFacts(request) });
  services.events.publish(endpoint.changes?.(input, response) ?? []);
  const event = endpoint.registryEvent?.(input, response);
  if (event !== undefined) services.webhooks.tell(event);
  return response;
}
