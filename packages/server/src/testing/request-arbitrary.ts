import type { Endpoint } from "@flightdeck/protocol";
import fc from "fast-check";

/** Valid values by the names of their fields. */
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
 * Requests of the shape of the endpoint's schema, with valid ids and at most one hostile value: with two, the first would hide
 * the second.
 */
export function requestArbitrary(endpoint: Endpoint, known: KnownValues): fc.Arbitrary<Fields> {
  // Looks through preprocessing at the schema of its result.
  const schema = endpoint.request.toJSONSchema({ io: "output", unrepresentable: "any" }) as Schema;
  const right = objectOf(schema, known);
  return fc.oneof({ weight: 1, arbitrary: right }, { weight: 3, arbitrary: right.chain(oneWrong) });
}

/** The same fields with one of them, on any level, replaced, usually by a value of the same kind. */
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

/** Texts that have broken parsers, paths, patterns, queries and databases. */
export const hostileText: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom(
    "",
    " ",
    "\0",
    "a\0b",
    "\ud800",
    "\u202e\ufeff",
    "../../etc/passwd",
    "..\\..\\windows",
    "mlflow-artifacts:/../x",
    "file:///etc/passwd",
    "dbfs:/../x",
    "models:/../x/1",
    "runs:/x",
    "http://[::1",
    "'; DROP TABLE runs; --",
    "%00",
    "%",
    "%%%_[]*?",
    "`",
    "'",
    "\\",
    "__proto__",
    "constructor",
    "toString",
    "null",
    "NaN",
    "-Infinity",
    "-1",
    "1e400",
    "0x10",
    "9223372036854775808",
    "9".repeat(400),
    "x".repeat(9000),
    "%".repeat(20_000),
    "(".repeat(5000),
    "{{".repeat(500),
    "é".repeat(600),
    "😀".repeat(300),
  ),
  fc.string({ unit: "binary", maxLength: 40 }),
);

export const hostileNumber: fc.Arbitrary<number> = fc.constantFrom(
  0,
  -0,
  -1,
  0.5,
  2 ** 31,
  2 ** 53,
  -(2 ** 63),
  Number.MAX_SAFE_INTEGER,
  1e308,
  5e-324,
);

/** Any JSON value of a few levels. */
export const hostileValue: fc.Arbitrary<unknown> = fc.oneof(
  { weight: 4, arbitrary: hostileText },
  { weight: 2, arbitrary: hostileNumber },
  { weight: 1, arbitrary: fc.constantFrom<unknown>(null, true, false, [], {}, [[]], [null], { a: null }) },
  { weight: 1, arbitrary: fc.jsonValue({ maxDepth: 3 }) },
);

/** Words of the search grammar in random order. */
export const hostileFilter: fc.Arbitrary<string> = fc
  .array(
    fc.constantFrom(
      ..."metrics. params. tags. attributes. attribute. datasets. dataset. name run_id status start_time".split(
        " ",
      ),
      ..."k `k` \"k\" 'v' '%x_' 1 -1.5 1e999 = != < >= LIKE ILIKE IN NOT AND OR IS NULL BETWEEN ( ) , ; --".split(
        " ",
      ),
      ..."metrics.k > 1|params.`a b` LIKE 'x%'|tags.k IS NULL|name IN ('a', 'b')|start_time DESC|version_number".split(
        "|",
      ),
      "\0",
      "\ud800",
    ),
    { maxLength: 12 },
  )
  .map((words) => words.join(" "));

/** Bodies that are invalid JSON, or JSON that breaks parsers. */
export const hostileBody: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom(
    "",
    "null",
    "[]",
    '"x"',
    "1e400",
    "{",
    '{"a":',
    '{"run_id":"x"}}',
    '{"run_id":1,"run_id":2}',
    '{"__proto__":{"x":1}}',
    '{"constructor":{"prototype":{"x":1}}}',
    '\ufeff{"a":1}',
    "\u0000",
    "[".repeat(50_000),
    `${'{"a":'.repeat(20_000)}1${"}".repeat(20_000)}`,
    `{"metrics":[${"[],".repeat(5000)}[]]}`,
    `{"filter":"${"NOT ".repeat(20_000)}"}`,
    `{"filter":"${"(".repeat(50_000)}"}`,
    `{"tags":{"length":1e9}}`,
  ),
  fc.json(),
  hostileText.map((text) => JSON.stringify({ run_id: text, experiment_ids: text, filter: text })),
);
