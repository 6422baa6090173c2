import { AppError } from "@flightdeck/core";
import type { FastifyInstance } from "fastify";
import type { Services } from "../api/services.ts";
import type { GraphqlRequest } from "./answer-query.ts";

/**
 * `POST /graphql`, where MLflow's page reads some of what it shows. Each call within asks for its own permission. The
 * language's implementation is loaded with the first query: other clients never send one.
 */
export function mountGraphql(app: FastifyInstance, services: Services): void {
  app.route({
    method: "POST",
    url: "/graphql",
    config: { permission: "workspace.view", resources: "checked by the handler" },
    handler: async (request) => {
      const query = parseGraphqlRequest(request.body);
      const { answerQuery } = await import("./answer-query.ts");
      return answerQuery(query, services, request);
    },
  });
}

function parseGraphqlRequest(body: unknown): GraphqlRequest {
  const fields = typeof body === "object" && body !== null ? body : {};
  const query: unknown = Reflect.get(fields, "query");
  const variables: unknown = Reflect.get(fields, "variables") ?? {};
  const operationName: unknown = Reflect.get(fields, "operationName") ?? undefined;
  if (typeof query !== "string") throw new AppError("BAD_REQUEST", "query must be a text");
  if (operationName !== undefined && typeof operationName !== "string") {
    throw new AppError("BAD_REQUEST", "operationName must be a text");
  }
  if (typeof variables !== "object" || variables === null || Array.isArray(variables)) {
    throw new AppError("BAD_REQUEST", "variables must be an object");
  }
  return { query, operationName, variables: { ...variables } };
}
