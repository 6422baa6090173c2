import type { Endpoint } from "@flightdeck/protocol";
import fc from "fast-check";
import { hostileFilter, hostileNumber, hostileText, hostileValue } from "./hostile-values.ts";

/** Values that a server takes, by the names of the fields that they go into; of several, any. */
export type KnownValues = Readonly<Record<string, unknown>>;

type Fields = Record<string, unknown>;
type Schema = {
  readonly type?: string;
  readonly enum?: readonly unknown[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly items?: Schema;
};

/**
 * Requests of the shape that the endpoint's schema tells, with known ids in their places and something hostile in at
 * most one: whatever is wrong in two places is refused for the first.
 */
export function requestArbitrary(endpoint: Endpoint, known: KnownValues): fc.Arbitrary<Fields> {
  // The shape behind a schema's preprocessing is that of what it gives.
  const schema = endpoint.request.toJSONSchema({ io: "output", unrepresentable: "any" }) as Schema;
  const right = objectOf(schema, known);
  return fc.oneof({ weight: 1, arbitrary: right }, { weight: 3, arbitrary: right.chain(oneWrong) });
}

/** The same fields, one of which, on any level, has become something else, of its own kind more often than not. */
function oneWrong(fields: Fields): fc.Arbitrary<Fields> {
  const paths = pathsIn(fields);
  if (paths.length === 0) return fc.constant(fields);
  return fc
    .constantFrom(...paths)
    .chain((path) =>
      hostileLike(valueAt(fields, path)).map((value) => replaceAt(fields, path, value) as Fields),
    );
}

function hostileLike(value: unknown): fc.Arbitrary<unknown> {
  const alike =
    typeof value === "string" ? hostileText : typeof value === "number" ? hostileNumber : hostileValue;
  return fc.oneof({ weight: 3, arbitrary: alike }, { weight: 1, arbitrary: hostileValue });
}

function valueAt(value: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>((inner, key) => Reflect.get(Object(inner), key), value);
}

function pathsIn(value: unknown): readonly (readonly string[])[] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, member]) => [
    [key],
    ...pathsIn(member).map((path) => [key, ...path]),
  ]);
}

function replaceAt(value: unknown, [key, ...rest]: readonly string[], by: unknown): unknown {
  if (key === undefined || typeof value !== "object" || value === null) return by;
  const member = replaceAt(Reflect.get(value, key), rest, by);
  return Array.isArray(value) ? value.with(Number(key), member) : { ...value, [key]: member };
}

function objectOf({ properties = {}, required = [] }: Schema, known: KnownValues): fc.Arbitrary<Fields> {
  const fields = Object.fromEntries(
    Object.entries(properties).map(([name, schema]) => [name, fieldOf(name, schema, known)]),
  );
  return fc.record(fields, { requiredKeys: required.filter((name) => name in fields) });
}

function fieldOf(name: string, schema: Schema, known: KnownValues): fc.Arbitrary<unknown> {
  if (schema.enum !== undefined) return fc.constantFrom(...schema.enum);
  if (schema.type === "object") return objectOf(schema, known);
  if (schema.type === "array") {
    return fc.array(fieldOf(name, schema.items ?? {}, known), { minLength: 1, maxLength: 3 });
  }
  if (name === "filter") return fc.oneof(fc.constantFrom(...FILTERS), hostileFilter);
  const values = known[name];
  if (values !== undefined) return Array.isArray(values) ? fc.constantFrom(...values) : fc.constant(values);
  return ofType(schema.type);
}

const FILTERS = ["", "tags.k = 'v'", "tags.k LIKE '%x%' AND tags.`a b` IS NULL"];

function ofType(type: string | undefined): fc.Arbitrary<unknown> {
  if (type === "boolean") return fc.boolean();
  if (type === "string") return fc.constantFrom("k", "a", "1", "b c");
  return fc.integer({ min: 0, max: 5 });
}
