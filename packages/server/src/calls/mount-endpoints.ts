import {
  API_PREFIXES,
  type Change,
  type Endpoint,
  type EndpointName,
  endpoints,
  parseRequest,
  type RegistryEvent,
} from "@flightdeck/protocol";
import type { Store } from "@flightdeck/store";
import type { FastifyInstance, FastifyRequest } from "fastify";
import { clientFacts, fieldsOfCall } from "../http/read-request.ts";
import { admit } from "../identity/access.ts";
import type { Handlers, RequestContext } from "./handler.ts";
import { LongResponse } from "./long-response.ts";

/** The handlers of the endpoint table, and the listeners for what they change. */
export type EndpointCalls = {
  readonly handlers: Handlers;
  /** The unrestricted store. A call gets a view with its caller's permissions. */
  readonly store: Store;
  /** Receives the records that a successful call changed. Must not wait or throw. */
  readonly events: { publish(changes: readonly Change[]): void };
  /** Receives the registry events of a successful call. Must not wait or throw. */
  readonly webhooks: { publish(event: RegistryEvent): void };
};

/** Serves every entry of the endpoint table, under both prefixes and each of its versions. */
export function mountEndpoints(app: FastifyInstance, calls: EndpointCalls): void {
  // `Object.keys` returns nothing but the table's own names.
  for (const name of Object.keys(endpoints) as EndpointName[]) {
    for (const prefix of API_PREFIXES) mountEndpoint(app, calls, { name, prefix });
  }
}

type Mount = { readonly name: EndpointName; readonly prefix: string };

function mountEndpoint(app: FastifyInstance, calls: EndpointCalls, { name, prefix }: Mount): void {
  const endpoint: Endpoint = endpoints[name];
  const { methods, path, versions, access, fieldsInQuery, startsPrograms, creates, response } = endpoint;
  for (const version of versions) {
    app.route({
      method: [...methods],
      url: `${prefix}/${version}${routeOf(path)}`,
      config: {
        access,
        checks: "what it names",
        request: endpoint.request,
        startsPrograms: startsPrograms ?? false,
        fieldsInQuery: fieldsInQuery ?? false,
        describes: { name, fieldsIn: "body", creates, response },
      },
      handler: async (request, reply) => {
        const raw = await fieldsOfCall(request);
        const answer = await callEndpoint(calls, request, { name, raw });
        if (clientFacts(request).speaksDatabricks) void reply.header("x-databricks-org-id", WORKSPACE_ID);
        const body = answer instanceof LongResponse ? await answer.body() : JSON.stringify(answer);
        return await reply.type("application/json").send(body);
      },
    });
  }
}

/** The id of the only workspace. Clients of Unity Catalog use it to link a version to its run. */
const WORKSPACE_ID = "0";

/** A path in the router's syntax, where a colon begins a parameter and two stand for one. */
function routeOf(path: string): string {
  return path.replaceAll(":", "::").replace(/\{(\w+)\}/g, ":$1");
}

/** A call of the endpoint table, with its unparsed fields. */
export type RawCall = { readonly name: EndpointName; readonly raw: unknown };

/** TypeScript matches each handler with its schema, but not a handler whose name is only known at run time. */
type AnyHandler = (request: unknown, context: RequestContext) => Promise<unknown>;

/**
 * Makes a call on behalf of a request: parses the fields once, checks what the endpoint declares, calls the handler and
 * publishes what has changed.
 */
export async function callEndpoint(
  { handlers, store, events, webhooks }: EndpointCalls,
  request: FastifyRequest,
  { name, raw }: RawCall,
): Promise<unknown> {
  const endpoint: Endpoint = endpoints[name];
  const handle = handlers[name] as AnyHandler;
  const input = parseRequest(endpoint, raw);
  const { principal } = request;
  const own = await admit(store, request, { ...endpoint, input });
  const response = await handle(input, { store: own, principal, client: clientFacts(request) });
  events.publish(endpoint.changes?.(input, response) ?? []);
  const event = endpoint.registryEvent?.(input, response);
  if (event !== undefined) webhooks.publish(event);
  return response;
}
