import { AppError, isAppError, newId } from "@flightdeck/core";
import type { EndpointName } from "@flightdeck/protocol";
import type { FastifyRequest } from "fastify";
import {
  buildSchema,
  type DocumentNode,
  execute,
  GraphQLError,
  type GraphQLFieldResolver,
  parse,
  type SelectionNode,
  type SelectionSetNode,
  specifiedRules,
  validate,
} from "graphql";
import { callEndpoint, type EndpointCalls } from "../calls/mount-endpoints.ts";
import { QUERY_CHARS_MAX, SCHEMA_TEXT } from "./schema-text.ts";

/** The page's longest query has a hundred words and brackets. */
const TOKENS_MAX = 2000;
/** The same bounds as in MLflow's server. */
const DEPTH_MAX = 10;
const FIELDS_MAX = 1000;
const ROOT_FIELDS_MAX = 10;
const ALIASES_MAX = 10;

export type GraphqlRequest = {
  readonly query: string;
  readonly variables: Readonly<Record<string, unknown>>;
  readonly operationName?: string | undefined;
};

/** MLflow's format, in which errors are only messages. */
export type GraphqlAnswer = { readonly data: unknown; readonly errors: readonly string[] | null };

const schema = buildSchema(SCHEMA_TEXT);

/** Answers a query through the calls of the REST API. Throws `BAD_REQUEST` for invalid GraphQL. */
export async function answerQuery(
  { query, variables, operationName }: GraphqlRequest,
  calls: EndpointCalls,
  request: FastifyRequest,
): Promise<GraphqlAnswer> {
  const document = parseQuery(query);
  const refused = refusalsOf(document);
  if (refused.length > 0) return { data: null, errors: refused };
  const { data, errors } = await execute({
    schema,
    document,
    variableValues: variables,
    operationName,
    contextValue: { calls, request, experiments: new Map() },
    fieldResolver: resolveField,
  });
  return { data: data ?? null, errors: errors?.map((error) => messageFor(error, request)) ?? null };
}

function parseQuery(query: string): DocumentNode {
  if (query.length > QUERY_CHARS_MAX) {
    throw new AppError("BAD_REQUEST", `a query has at most ${QUERY_CHARS_MAX} characters`);
  }
  try {
    return parse(query, { maxTokens: TOKENS_MAX, noLocation: true });
  } catch (error) {
    if (error instanceof GraphQLError) throw new AppError("BAD_REQUEST", error.message, { cause: error });
    throw error;
  }
}

/** Checks the bounds first, since validation against the schema costs work as well. */
function refusalsOf(document: DocumentNode): readonly string[] {
  try {
    checkQuery(document);
  } catch (error) {
    if (error instanceof GraphQLError) return [error.message];
    throw error;
  }
  return validate(schema, document, specifiedRules, { maxErrors: ERRORS_MAX }).map(({ message }) => message);
}

/** The first errors are enough; finding more costs work. */
const ERRORS_MAX = 10;

/** Messages of internal errors go to the log, not to the client. */
function messageFor(error: GraphQLError, { log }: FastifyRequest): string {
  const { originalError: thrown } = error;
  if (thrown === undefined || thrown instanceof GraphQLError || isAppError(thrown)) return error.message;
  const message = `something went wrong in the server; its log tells more under request id ${newId()}`;
  log.error({ err: thrown }, message);
  return message;
}

/**
 * Refuses queries that cost far more work than their length suggests. Fragments count wherever they are spread, and counting
 * stops at the bound. Aliases are bounded because they repeat a field within one query.
 */
export function checkQuery(document: DocumentNode): void {
  const count: Count = { fields: 0, aliases: 0, fragments: fragmentsOf(document) };
  for (const definition of document.definitions) {
    if (definition.kind !== "OperationDefinition") continue;
    const roots = countSelections(definition.selectionSet, 1, count);
    if (roots > ROOT_FIELDS_MAX) throw tooMany("root fields", ROOT_FIELDS_MAX, roots);
  }
  if (count.aliases > ALIASES_MAX) {
    throw tooMany("aliases", ALIASES_MAX, count.aliases);
  }
}

type Count = { fields: number; aliases: number; readonly fragments: Fragments };
type Fragments = ReadonlyMap<string, SelectionSetNode>;

function fragmentsOf({ definitions }: DocumentNode): Fragments {
  return new Map(
    definitions.flatMap((definition) =>
      definition.kind === "FragmentDefinition" ? [[definition.name.value, definition.selectionSet]] : [],
    ),
  );
}

/** The number of fields at this level, including those of fragments. */
function countSelections({ selections }: SelectionSetNode, depth: number, count: Count): number {
  if (depth > DEPTH_MAX) {
    throw new GraphQLError(`Query exceeds maximum depth of ${DEPTH_MAX}`);
  }
  return selections.reduce((fields, selection) => fields + countSelection(selection, depth, count), 0);
}

function countSelection(selection: SelectionNode, depth: number, count: Count): number {
  count.fields += 1; // A spread counts too, so that counting ends for fragments in a cycle.
  if (count.fields > FIELDS_MAX) {
    throw new GraphQLError(`Query exceeds maximum total selections of ${FIELDS_MAX}`);
  }
  if (selection.kind === "InlineFragment") return countSelections(selection.selectionSet, depth, count);
  if (selection.kind === "FragmentSpread") {
    const fragment = count.fragments.get(selection.name.value);
    return fragment === undefined ? 0 : countSelections(fragment, depth, count);
  }
  if (selection.alias !== undefined) count.aliases += 1;
  if (selection.selectionSet !== undefined) countSelections(selection.selectionSet, depth + 1, count);
  return 1;
}

function tooMany(what: string, most: number, got: number): GraphQLError {
  return new GraphQLError(`GraphQL queries should have at most ${most} ${what}, got ${got} ${what}.`);
}

/** Runs in one query: each may include its model versions, which take one search each. */
const RUNS_MAX = 1000;

/** The state of one query: its request, and a cache of the experiments it needs. */
export type QueryContext = {
  readonly calls: EndpointCalls;
  readonly request: FastifyRequest;
  readonly experiments: Map<string, Promise<unknown>>;
};

type Fields = Readonly<Record<string, unknown>>;
type Resolver = (source: Fields, input: Fields, context: QueryContext) => unknown;

/** The root fields of queries and mutations, with the call that each makes. */
export const ROOT_CALLS: ReadonlyMap<string, EndpointName> = new Map([
  ["mlflowGetExperiment", "getExperiment"],
  ["mlflowGetMetricHistoryBulkInterval", "getMetricHistoryBulkInterval"],
  ["mlflowGetRun", "getRun"],
  ["mlflowListArtifacts", "listArtifacts"],
  ["mlflowSearchModelVersions", "searchModelVersions"],
  ["mlflowSearchRuns", "searchRuns"],
  ["mlflowSearchDatasets", "searchDatasets"],
]);

/** Fields that need more than a property of their source. */
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

async function call(name: EndpointName, raw: Fields, { calls, request }: QueryContext): Promise<Fields> {
  return (await callEndpoint(calls, request, { name, raw })) as Fields; // Every response is an object.
}

function checkPage(input: Fields): void {
  const maxResults = Number(input["max_results"] ?? RUNS_MAX);
  if (maxResults <= RUNS_MAX) return;
  const message = `maxResults must be at most ${RUNS_MAX} in GraphQL, got ${maxResults}`;
  throw new AppError("INVALID_PARAMETER_VALUE", message);
}

/** The runs of one answer usually share a few experiments. */
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

/** 64-bit integers become text; NaN and infinities, which JSON lacks, are left out. */
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
