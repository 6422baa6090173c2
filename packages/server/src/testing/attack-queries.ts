import { assert } from "@flightdeck/core";
import { type Endpoint, endpoints } from "@flightdeck/protocol";
import { buildSchema, getNamedType, type GraphQLField, type GraphQLObjectType, isObjectType } from "graphql";
import { ROOT_CALLS } from "../graphql/answer-query.ts";
import { SCHEMA_TEXT } from "../graphql/schema-text.ts";
import type { Attack } from "./attack-requests.ts";
import { attemptsOn, requestSchema, sampleOf } from "./attack-values.ts";
import type { World } from "./two-worlds.ts";

/** A root field of queries or mutations, with the endpoint that it calls. */
export type RootField = {
  readonly operation: "query" | "mutation";
  readonly field: GraphQLField<unknown, unknown>;
  readonly endpoint: Endpoint;
};

/** All root fields of the schema. */
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

/** The alias of the attacked field in a response. */
const ASKED = "asked";

/** Whether a response contains the attacked field. */
export function isGiven(body: string): boolean {
  const { data } = JSON.parse(body) as { data?: Record<string, unknown> | null }; // GraphQL's response format.
  return data?.[ASKED] !== undefined && data[ASKED] !== null;
}

/** Every attempt on a field, in each form that a document can give it, asking for everything below the field. */
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

/** The user's own names in every form, which must succeed: otherwise attacks could fail for another reason. */
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

/** An endpoint's fields as GraphQL input: those of the input type, in camel case. */
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

/** A selection of everything below a field. Throws for a recursive type. */
function allOf(field: GraphQLField<unknown, unknown>, above: readonly string[] = []): string {
  const type = getNamedType(field.type);
  if (!isObjectType(type)) return "";
  assert(!above.includes(type.name), `${type.name} is not recursive`);
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
