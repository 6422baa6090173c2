import { foreignMap, USERS_READ } from "@flightdeck/protocol";
import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { mountRoute } from "../api/mount-route.ts";
import type { Services } from "../api/services.ts";
import { BOUNDS } from "../bounds.ts";

/** Far above the names of any operation. */
const NAME_CHARS_MAX = 1000;

const graphqlRequest = z.object({
  query: z.string().max(BOUNDS.graphqlCharsMax),
  operationName: z.string().max(NAME_CHARS_MAX).optional(),
  variables: foreignMap.default({}),
});

/**
 * `POST /graphql`, where MLflow's page reads some of what it shows. Each call within is checked as its endpoint declares. The
 * language's implementation is loaded with the first query: other clients never send one.
 */
export function mountGraphql(app: FastifyInstance, services: Services): void {
  mountRoute(app, services.store, {
    name: "queryGraphql",
    description: "Each call within is checked as its own.",
    methods: ["POST"],
    url: "/graphql",
    access: USERS_READ,
    request: graphqlRequest,
    fieldsIn: "body",
    answer: async (query, { request }) => {
      const { answerQuery } = await import("./answer-query.ts");
      return answerQuery(query, services, request);
    },
  });
}
