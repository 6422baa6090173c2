import { type AccessDeclaration, accessOf, type Creation, parseRequest } from "@flightdeck/protocol";
import type { Store } from "@flightdeck/store";
import type { FastifyInstance, FastifyReply, FastifyRequest, HTTPMethods } from "fastify";
import type { z } from "zod";
import { fieldsOfRoute, pathBelow } from "../http/read-request.ts";
import { admit } from "../identity/access.ts";

declare module "fastify" {
  interface FastifyContextConfig {
    /** What the API's description says about a call. Absent for the page's own files, which are not calls. */
    describes?: CallFacts;
  }
}

/** What a call declares for the API's description, besides its access and its request. */
export type CallFacts = {
  /** A verb and a noun in camelCase: an endpoint's key in the table. */
  readonly name: string;
  /** Where the fields of a request are that are not in its path. Default: the query. */
  readonly fieldsIn?: "query" | "body" | "headers" | undefined;
  /** The name of the field that a `*` at the end of the path stands for. */
  readonly pathField?: string | undefined;
  readonly response?: z.ZodType | undefined;
  readonly creates?: Creation | undefined;
  /** What its schemas cannot say, in a sentence or two. */
  readonly description?: string | undefined;
};

/** What a route's `answer` gets in addition to the parsed request. */
export type RouteCall = {
  /** The store as the caller may use it. */
  readonly store: Store;
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
};

/**
 * A route beside the endpoint table, for bytes instead of JSON. It declares its request and who may make it as endpoints
 * do, and the same code parses and checks it.
 */
export type Route<TRequest extends z.ZodType = z.ZodType> = AccessDeclaration<z.output<TRequest>> & {
  readonly methods: readonly HTTPMethods[];
  /** A `*` at the end matches a path, which becomes the field `*`, or `pathField`, decoded once. */
  readonly url: string;
  readonly request: TRequest;
  /** Accepts bodies of any content type and never parses them as JSON. */
  readonly takesAnyBody?: true;
  // A method rather than a property, so that routes of different schemas fit one type.
  answer(this: void, input: z.output<TRequest>, call: RouteCall): unknown;
} & Omit<CallFacts, "creates">;

/** Mounts a route, whose requests are parsed once, checked and answered. */
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
