import { API_PREFIXES, type Endpoint, type EndpointName, endpoints } from "@flightdeck/protocol";
import type { FastifyInstance, FastifyRequest } from "fastify";
import { bodyOfGet } from "./body-of-get.ts";
import { callEndpoint } from "./call-endpoint.ts";
import { clientFacts } from "./client-facts.ts";
import type { Services } from "./services.ts";

/** Serves every entry of the endpoint table, under both prefixes and each of its versions. */
export function mountEndpoints(app: FastifyInstance, services: Services): void {
  // `Object.keys` gives no more than the table has.
  for (const name of Object.keys(endpoints) as EndpointName[]) {
    for (const prefix of API_PREFIXES) mountEndpoint(app, services, { name, prefix });
  }
}

type Mount = { readonly name: EndpointName; readonly prefix: string };

function mountEndpoint(app: FastifyInstance, services: Services, { name, prefix }: Mount): void {
  const endpoint: Endpoint = endpoints[name];
  for (const version of endpoint.versions) {
    app.route({
      method: [...endpoint.methods],
      url: `${prefix}/${version}${routeOf(endpoint.path)}`,
      config: {
        permission: endpoint.permission,
        resources: "checked by the handler",
        fieldsInQuery: endpoint.fieldsInQuery ?? false,
      },
      handler: async (request, reply) => {
        const raw = await rawRequest(request);
        const response = await callEndpoint(services, request, { name, raw });
        if (clientFacts(request).speaksDatabricks) void reply.header("x-databricks-org-id", WORKSPACE_ID);
        return reply.type("application/json").send(JSON.stringify(response));
      },
    });
  }
}

/** The number of a workspace that is the only one: by it, clients of Unity Catalog know where a version's run is. */
const WORKSPACE_ID = "0";

/** A path as the router writes it: a colon begins a parameter, and two are one of the path's own. */
function routeOf(path: string): string {
  return path.replaceAll(":", "::").replace(/\{(\w+)\}/g, ":$1");
}

/** The body, or the query where there is none, joined with the path's parameters, which count for more. */
async function rawRequest(request: FastifyRequest): Promise<unknown> {
  const { body, query, params } = request;
  const fields = body ?? (await bodyOfGet(request)) ?? query;
  if (typeof fields !== "object" || fields === null || Array.isArray(fields)) return fields;
  return { ...fields, ...(params as Readonly<Record<string, string>>) }; // The router makes nothing else.
}
