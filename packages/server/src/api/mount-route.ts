import { type AccessDeclaration, accessOf, parseRequest } from "@flightdeck/protocol";
import type { Store } from "@flightdeck/store";
import type { FastifyInstance, FastifyReply, FastifyRequest, HTTPMethods } from "fastify";
import type { z } from "zod";
import type { CallFacts } from "../description/mounted-calls.ts";
import { admit } from "../identity/access.ts";
import { fieldsOfRoute, pathBelow } from "./raw-request.ts";

/** What a route's answer is made from, beside its parsed request. */
export type RouteCall = {
  /** The store as the caller may use it. */
  readonly store: Store;
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
};

/**
 * A route beside the endpoint table, where bytes travel instead of JSON. It declares its request and who may make it as
 * endpoints do, and is parsed and checked by the same code.
 */
export type Route<TRequest extends z.ZodType = z.ZodType> = AccessDeclaration<z.output<TRequest>> & {
  readonly methods: readonly HTTPMethods[];
  /** A `*` at its end is a path, which the request gets, decoded once, as its field `*` or `pathField`. */
  readonly url: string;
  readonly request: TRequest;
  /** Takes bodies of any content type, which it never reads as JSON. */
  readonly takesAnyBody?: true;
  // A method, so that routes of all schemas can be listed together.
  answer(this: void, input: z.output<TRequest>, call: RouteCall): unknown;
} & Omit<CallFacts, "creates">;

/** Mounts a route: its request is parsed once, checked, and answered. */
export function mountRoute<TRequest extends z.ZodType>(
  app: FastifyInstance,
  store: Store,
  route: Route<TRequest>,
): void {
  const access = accessOf<z.output<TRequest>>(route);
  app.route({
    method: [...route.methods],
    url: route.url,
    config: {
      access,
      checks: "what it names",
      rawBody: route.takesAnyBody ?? false,
      request: route.request,
      describes: route,
    },
    handler: async (request, reply) => {
      const input = parseRequest(route, fieldsOf(route, request));
      const own = await admit(store, request, { access, input });
      return route.answer(input, { store: own, request, reply });
    },
  });
}

function fieldsOf({ url, fieldsIn, pathField = "*" }: Route, request: FastifyRequest): unknown {
  const given = fieldsBeside(fieldsIn, request);
  if (!url.endsWith("*") || typeof given !== "object" || given === null) return given;
  return { ...given, [pathField]: pathBelow(url.slice(0, -1), request) };
}

function fieldsBeside(place: Route["fieldsIn"], request: FastifyRequest): unknown {
  if (place === "body") return request.body;
  return place === "headers" ? request.headers : fieldsOfRoute(request);
}
