import { foreignMap, USERS_READ } from "@flightdeck/protocol";
import type { FastifyInstance } from "fastify";
import { z } from "zod";
import type { EndpointCalls } from "../calls/mount-endpoints.ts";
import { mountRoute } from "../calls/mount-route.ts";
import { QUERY_CHARS_MAX } from "./schema-text.ts";

/** Far longer than any operation name. */
const NAME_CHARS_MAX = 1000;

const graphqlRequest = z.object({
  query: z.string().max(QUERY_CHARS_MAX),
  operationName: z.string().max(NAME_CHARS_MAX).optional(),
  variables: foreignMap.default({}),
});

/**
 * `POST /graphql`, from which MLflow's page reads some of its data. Each call in a query is checked as its endpoint declares.
 * The implementation of GraphQL is loaded with the first query, since other clients never send one.
 */
export function mountGraphql(app: FastifyInstance, calls: EndpointCalls): void {
  mountRoute(app, calls.store, {
    name: "queryGraphql",
    description: "Each call within is checked as its own.",
    methods: ["POST"],
    url: "/graphql",
    access: USERS_READ,
    request: graphqlRequest,
    fieldsIn: "body",
    answer: async (query, { request }) => {
      const { answerQuery } = await import("./answer-query.ts");
      return await answerQuery(query, calls, request);
    },
  });
}
