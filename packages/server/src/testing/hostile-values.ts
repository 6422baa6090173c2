import fc from "fast-check";

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

/** Anything that JSON can say in a few levels. */
export const hostileValue: fc.Arbitrary<unknown> = fc.oneof(
  { weight: 4, arbitrary: hostileText },
  { weight: 2, arbitrary: hostileNumber },
  { weight: 1, arbitrary: fc.constantFrom<unknown>(null, true, false, [], {}, [[]], [null], { a: null }) },
  { weight: 1, arbitrary: fc.jsonValue({ maxDepth: 3 }) },
);

/** Words of the search grammar in any order. */
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

/** Bodies that are no JSON, or JSON to choke on. */
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
