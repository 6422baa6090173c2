import { assert } from "@flightdeck/core";
import { type Endpoint, endpoints } from "@flightdeck/protocol";
import { buildSchema, getNamedType, isObjectType, type GraphQLField, type GraphQLObjectType } from "graphql";
import { ROOT_CALLS } from "../graphql/resolve-field.ts";
import { SCHEMA_TEXT } from "../graphql/schema-text.ts";
import type { Attack } from "./attack-requests.ts";
import { attemptsOn, requestSchema, sampleOf } from "./attack-values.ts";
import type { World } from "./two-worlds.ts";

/** A field at the root of queries or mutations, with the endpoint that it calls. */
export type RootField = {
  readonly operation: "query" | "mutation";
  readonly field: GraphQLField<unknown, unknown>;
  readonly endpoint: Endpoint;
};

/** Every field that a GraphQL document can begin with, as the schema has them. */
export function rootFields(): readonly RootField[] {
  const schema = buildSchema(SCHEMA_TEXT);
  return [...fieldsOf("query", schema.getQueryType()), ...fieldsOf("mutation", schema.getMutationType())];
}

function fieldsOf(
  operation: RootField["operation"],
  type: GraphQLObjectType | null | undefined,
): readonly RootField[] {
  return Object.values(type?.getFields() ?? {}).map((field) => {
    const name = ROOT_CALLS.get(field.name);
    assert(name !== undefined, `the field ${field.name} calls an endpoint`);
    return { operation, field, endpoint: endpoints[name] };
  });
}

/** Requests whose answer holds what was asked for under this name, when it is given. */
const ASKED = "asked";

/** Whether a document's answer holds what was asked for. */
export function isGiven(body: string): boolean {
  const { data } = JSON.parse(body) as { data?: Record<string, unknown> | null }; // As GraphQL answers.
  return data?.[ASKED] !== undefined && data[ASKED] !== null;
}

/** Every attempt on a field, in each form that a document can give it; with all that the field's answer can hold. */
export function attacksOnField(root: RootField, own: World, foreign: World): readonly Attack[] {
  return attemptsOn(root.endpoint, own, foreign).flatMap(({ tries, fields, mustFail }) => {
    const input = inputOf(root, fields);
    return formsOf(root, { input, own }).map(({ form, payload }) => ({
      tries: `${tries}, ${form}`,
      mustFail,
      request: { method: "POST", url: "/graphql", payload } as const,
    }));
  });
}

/** The user's own names in every form: a test whose attacks fail for another reason would show nothing. */
export function ownQueries(root: RootField, own: World): readonly Omit<Attack, "mustFail">[] {
  const input = inputOf(root, sampleOf(requestSchema(root.endpoint), own));
  return formsOf(root, { input, own }).map(({ form, payload }) => ({
    tries: form,
    request: { method: "POST", url: "/graphql", payload } as const,
  }));
}

type Form = { readonly form: string; readonly payload: object };
type Asked = { readonly input: Readonly<Record<string, unknown>>; readonly own: World };

function formsOf(root: RootField, { input, own }: Asked): readonly Form[] {
  const { operation, field, endpoint } = root;
  const typeName = String(field.args.find(({ name }) => name === "input")?.type);
  const ask = (given: string): string => `${field.name}(input: ${given}) ${allOf(field)}`;
  const literal = literalOf(input);
  const mine = literalOf(inputOf(root, sampleOf(requestSchema(endpoint), own)));
  const head = `${operation} Q($input: ${typeName})`;
  return [
    { form: "as a literal", payload: { query: `${operation} { ${ASKED}: ${ask(literal)} }` } },
    {
      form: "as a variable",
      payload: { query: `${head} { ${ASKED}: ${ask("$input")} }`, variables: { input } },
    },
    {
      form: "beside one's own",
      payload: {
        query: `${head} { mine: ${ask(mine)} ${ASKED}: ${ask("$input")} again: ${ask(literal)} }`,
        variables: { input },
      },
    },
    {
      form: "in a fragment of several operations",
      payload: {
        query: `${operation} Mine { ${ASKED}: ${ask(mine)} } ${operation} Q { ...all }
          fragment all on ${operation === "query" ? "Query" : "Mutation"} { ${ASKED}: ${ask(literal)} }`,
        operationName: "Q",
      },
    },
  ];
}

/** An endpoint's fields as GraphQL has them: those of the input type, in camel case. */
function inputOf({ field }: RootField, fields: unknown): Asked["input"] {
  const type = getNamedType(field.args[0]?.type);
  const known = type !== undefined && "getFields" in type ? Object.keys(type.getFields()) : [];
  const given = Object.entries(typeof fields === "object" && fields !== null ? fields : {});
  return Object.fromEntries(
    given.map(([name, value]) => [camelCase(name), value]).filter(([name]) => known.includes(String(name))),
  );
}

function camelCase(name: string): string {
  return name.replace(/_([a-z])/g, (_all, letter: string) => letter.toUpperCase());
}

/** Everything below a field. Throws for a type within itself, of which nobody can ask for everything. */
function allOf(field: GraphQLField<unknown, unknown>, above: readonly string[] = []): string {
  const type = getNamedType(field.type);
  if (!isObjectType(type)) return "";
  assert(!above.includes(type.name), `${type.name} holds none of itself`);
  const within = Object.values(type.getFields()).map(
    (each) => `${each.name} ${allOf(each, [...above, type.name])}`,
  );
  return `{ ${within.join(" ")} }`;
}

function literalOf(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(literalOf).join(", ")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  return `{ ${Object.entries(value)
    .map(([name, inner]) => `${name}: ${literalOf(inner)}`)
    .join(", ")} }`;
}
