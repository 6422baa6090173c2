import { AppError } from "@flightdeck/core";
import type { EndpointName } from "@flightdeck/protocol";
import type { FastifyRequest } from "fastify";
import type { GraphQLFieldResolver } from "graphql";
import { callEndpoint } from "../api/call-endpoint.ts";
import type { Services } from "../api/services.ts";
import { BOUNDS } from "../bounds.ts";

/** One query's: the request that it came in, and the experiments that were looked up for it. */
export type QueryContext = {
  readonly services: Services;
  readonly request: FastifyRequest;
  readonly experiments: Map<string, Promise<unknown>>;
};

type Fields = Readonly<Record<string, unknown>>;
type Resolver = (source: Fields, input: Fields, context: QueryContext) => unknown;

/** The fields at the root of queries and mutations, each a call of the REST API. */
export const ROOT_CALLS: ReadonlyMap<string, EndpointName> = new Map([
  ["mlflowGetExperiment", "getExperiment"],
  ["mlflowGetMetricHistoryBulkInterval", "getMetricHistoryBulkInterval"],
  ["mlflowGetRun", "getRun"],
  ["mlflowListArtifacts", "listArtifacts"],
  ["mlflowSearchModelVersions", "searchModelVersions"],
  ["mlflowSearchRuns", "searchRuns"],
  ["mlflowSearchDatasets", "searchDatasets"],
]);

/** What is more than a field of its source. */
const RESOLVERS: ReadonlyMap<string, Resolver> = new Map([
  ...[...ROOT_CALLS].map(([field, name]): [string, Resolver] => [field, callOf(name)]),
  ["MlflowRun.experiment", experimentOfRun],
  ["MlflowRun.modelVersions", versionsOfRun],
]);

/** Resolves any field of the schema. */
export const resolveField: GraphQLFieldResolver<unknown, QueryContext> = (source, args, context, info) => {
  const { fieldName, parentType, returnType } = info;
  const isRoot = parentType.name === "Query" || parentType.name === "Mutation";
  const resolver = RESOLVERS.get(isRoot ? fieldName : `${parentType.name}.${fieldName}`);
  const fields = (source ?? {}) as Fields; // Sources are wire objects; the root has none.
  if (resolver !== undefined) return resolver(fields, snakeCased(args["input"]), context);
  return valueOf(fields[snakeCase(fieldName)], String(returnType));
};

function callOf(name: EndpointName): Resolver {
  return (_source, input, context) => {
    if (name === "searchRuns") checkPage(input);
    return call(name, input, context);
  };
}

async function call(name: EndpointName, raw: Fields, { services, request }: QueryContext): Promise<Fields> {
  return (await callEndpoint(services, request, { name, raw })) as Fields; // Every response is an object.
}

function checkPage(input: Fields): void {
  const maxResults = Number(input["max_results"] ?? BOUNDS.graphqlRunsMax);
  if (maxResults <= BOUNDS.graphqlRunsMax) return;
  const message = `maxResults must be at most ${BOUNDS.graphqlRunsMax} in GraphQL, got ${maxResults}`;
  throw new AppError("INVALID_PARAMETER_VALUE", message);
}

/** Runs of one answer share a few experiments. */
async function experimentOfRun({ info }: Fields, _input: Fields, context: QueryContext): Promise<unknown> {
  const id = String((info as Fields)["experiment_id"]); // A run has an info.
  const known = context.experiments.get(id) ?? call("getExperiment", { experiment_id: id }, context);
  context.experiments.set(id, known);
  return ((await known) as Fields)["experiment"]; // The call's response.
}

async function versionsOfRun({ info }: Fields, _input: Fields, context: QueryContext): Promise<unknown> {
  const runId = String((info as Fields)["run_id"]); // A run has an info.
  const found = await call("searchModelVersions", { filter: `run_id = '${runId}'` }, context);
  return found["model_versions"];
}

/** 64-bit integers as text; of doubles that JSON does not have, nothing. */
function valueOf(value: unknown, type: string): unknown {
  if (type === "LongString") return typeof value === "number" ? String(value) : value;
  return type === "Float" && typeof value !== "number" ? undefined : value;
}

function snakeCased(input: unknown): Fields {
  if (typeof input !== "object" || input === null) return {};
  return Object.fromEntries(Object.entries(input).map(([name, value]) => [snakeCase(name), value]));
}

function snakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
