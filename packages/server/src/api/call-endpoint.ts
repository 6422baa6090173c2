import { type Endpoint, type EndpointName, endpoints, parseRequest } from "@flightdeck/protocol";
import type { FastifyRequest } from "fastify";
import { changesOf } from "../events/changes-of.ts";
import { clientFacts } from "./client-facts.ts";
import type { RequestContext } from "./handler.ts";
import { handlers } from "./handlers.ts";
import type { Services } from "./services.ts";

/** A call of the endpoint table, with its fields as they came. */
export type RawCall = { readonly name: EndpointName; readonly raw: unknown };

/** What the compiler knows of each entry alone, but not of all: the handler takes what its schema gives. */
type AnyHandler = (request: unknown, context: RequestContext) => Promise<unknown>;

/** Makes a call on behalf of a request, tells whoever wants to know what it changed, and gives its response. */
export async function callEndpoint(
  services: Services,
  request: FastifyRequest,
  { name, raw }: RawCall,
): Promise<unknown> {
  const endpoint: Endpoint = endpoints[name];
  const handle = handlers[name] as AnyHandler;
  const input = parseRequest(endpoint, raw);
  const answer = (): Promise<unknown> =>
    handle(input, { ...services, principal: request.principal, client: clientFacts(request) });
  const call = { name, permission: endpoint.permission, input };
  const response = await (services.access?.call(request, call, answer) ?? answer());
  services.events.publish(changesOf(name, input, response));
  services.webhooks.tell(name, input, response);
  return response;
}
