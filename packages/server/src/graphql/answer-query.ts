import { AppError, isAppError, newId } from "@flightdeck/core";
import {
  buildSchema,
  type DocumentNode,
  execute,
  GraphQLError,
  parse,
  specifiedRules,
  validate,
} from "graphql";
import type { FastifyRequest } from "fastify";
import type { Services } from "../api/services.ts";
import { BOUNDS } from "../bounds.ts";
import { checkQuery } from "./check-query.ts";
import { resolveField } from "./resolve-field.ts";
import { SCHEMA_TEXT } from "./schema-text.ts";

export type GraphqlRequest = {
  readonly query: string;
  readonly variables: Readonly<Record<string, unknown>>;
  readonly operationName?: string | undefined;
};

/** As MLflow's server answers: errors are their messages alone. */
export type GraphqlAnswer = { readonly data: unknown; readonly errors: readonly string[] | null };

const schema = buildSchema(SCHEMA_TEXT);

/** Answers a query through the same calls as the REST API. Throws `BAD_REQUEST` for what is no GraphQL. */
export async function answerQuery(
  { query, variables, operationName }: GraphqlRequest,
  services: Services,
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
    contextValue: { services, request, experiments: new Map() },
    fieldResolver: resolveField,
  });
  return { data: data ?? null, errors: errors?.map((error) => told(error, request)) ?? null };
}

function parseQuery(query: string): DocumentNode {
  if (query.length > BOUNDS.graphqlCharsMax) {
    throw new AppError("BAD_REQUEST", `a query has at most ${BOUNDS.graphqlCharsMax} characters`);
  }
  try {
    return parse(query, { maxTokens: BOUNDS.graphqlTokensMax, noLocation: true });
  } catch (error) {
    if (error instanceof GraphQLError) throw new AppError("BAD_REQUEST", error.message, { cause: error });
    throw error;
  }
}

/** The bounds come first: checking a query against the schema is work too. */
function refusalsOf(document: DocumentNode): readonly string[] {
  try {
    checkQuery(document);
  } catch (error) {
    if (error instanceof GraphQLError) return [error.message];
    throw error;
  }
  return validate(schema, document, specifiedRules, { maxErrors: ERRORS_MAX }).map(({ message }) => message);
}

/** The first errors tell; more cost work. */
const ERRORS_MAX = 10;

/** The words of what is nobody's fault but the server's do not leave it. */
function told(error: GraphQLError, { log }: FastifyRequest): string {
  const { originalError: thrown } = error;
  if (thrown === undefined || thrown instanceof GraphQLError || isAppError(thrown)) return error.message;
  const message = `something went wrong in the server; its log tells more under request id ${newId()}`;
  log.error({ err: thrown }, message);
  return message;
}
