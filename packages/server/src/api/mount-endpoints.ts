import { API_PREFIXES, type Endpoint, type EndpointName, endpoints } from "@flightdeck/protocol";
import type { FastifyInstance } from "fastify";
import { callEndpoint } from "./call-endpoint.ts";
import { clientFacts } from "./client-facts.ts";
import { fieldsOfCall } from "./raw-request.ts";
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
        const answer = await callEndpoint(services, request, { name, raw });
        if (clientFacts(request).speaksDatabricks) void reply.header("x-databricks-org-id", WORKSPACE_ID);
        return reply.type("application/json").send(JSON.stringify(answer));
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
