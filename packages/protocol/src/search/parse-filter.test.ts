import { isAppError } from "@flightdeck/core";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { LIMITS } from "../limits.ts";
import { type Comparison, type Filter, printFilter } from "./filter.ts";
import { parseFilter } from "./parse-filter.ts";
import type { SearchEntityName } from "./search-entity.ts";

describe("parseFilter", () => {
  test.each<[string, SearchEntityName, string]>([
    ["metrics.acc > 1", "runs", "metrics.acc > 1"],
    ["metric.acc>=.5 and METRICS.b = 1", "runs", "!Invalid entity type 'METRICS'"],
    ["metrics.a.b = -1e-3", "runs", "metrics.a.b = -0.001"],
    ['params.`x y` = "it\'s"', "runs", "params.`x y` = 'it''s'"],
    ["param.\"x y\" LIKE '%a_'", "runs", "params.`x y` LIKE '%a_'"],
    ["`parameters`.`x` ilike 'A'", "runs", "params.x ILIKE 'A'"],
    ["tags.mlflow.parentRunId = 'x'", "runs", "tags.mlflow.parentRunId = 'x'"],
    ["tag.x is not null and params.y IS NULL", "runs", "tags.x IS NOT NULL AND params.y IS NULL"],
    ["run_name = 'x' AND Created > 5", "runs", "attributes.run_name = 'x' AND attributes.start_time > 5"],
    [
      "attributes.\"Run name\" = 'b' and attr.end_time < 9",
      "runs",
      "attributes.run_name = 'b' AND attributes.end_time < 9",
    ],
    ["run.run_id not in ('a', \"b\",)", "runs", "attributes.run_id NOT IN ('a', 'b')"],
    ["dataset.context = 'train'", "runs", "datasets.context = 'train'"],
    ["metrics.x BETWEEN 1 AND 2 AND metrics.y = 3", "runs", "metrics.x BETWEEN 1 AND 2 AND metrics.y = 3"],
    [
      "NOT metrics.x = 1 OR (metrics.y = 2 AND metrics.z = 3)",
      "runs",
      "NOT metrics.x = 1 OR metrics.y = 2 AND metrics.z = 3",
    ],
    [
      "(metrics.x = 1 OR metrics.y = 2) AND metrics.z = 3",
      "runs",
      "(metrics.x = 1 OR metrics.y = 2) AND metrics.z = 3",
    ],
    [
      "experiment_id IN ('1') AND creation_time > 5",
      "experiments",
      "attributes.experiment_id IN ('1') AND attributes.creation_time > 5",
    ],
    ["name LIKE 'a%' AND tag.k != 'v'", "registeredModels", "attributes.name LIKE 'a%' AND tags.k != 'v'"],
    [
      "version_number = '5' AND source_path = 's'",
      "modelVersions",
      "attributes.version_number = 5 AND attributes.source_path = 's'",
    ],
    [
      "metrics.m > 1 AND creation_timestamp_ms > 3",
      "loggedModels",
      "metrics.m > 1 AND attributes.creation_timestamp > 3",
    ],
  ])("reads %s", (source, entity, expected) => {
    expect(outcome(source, entity)).toContain(expected);
  });

  test.each<[string, SearchEntityName, string]>([
    [
      "metrics.acc > 'x'",
      "runs",
      "Expected numeric value type for metric. Found 'x' (at character 15: ''x'')",
    ],
    ["params.x = 5", "runs", "Expected a quoted string value for parameter (e.g. 'my-value'). Got value 5"],
    ["params.x = abc", "runs", "not quoted or unidentified quote types used for string value abc"],
    ["start_time > 'a'", "runs", "Expected numeric value type for numeric attribute: start_time. Found 'a'"],
    ["status IN ('a')", "runs", "Only ['run_id'] attributes support comparison with a list"],
    ["run_id IN ()", "runs", "but got empty list"],
    ["run_id IN (1)", "runs", "but got different type in list"],
    ["run_id IN 'a'", "runs", "but got ill-formed list"],
    ["metrics.x is null", "runs", "IS NULL / IS NOT NULL is only supported for tags and params"],
    ["metrics.x LIKE 1", "runs", "Invalid comparator 'LIKE' not one of"],
    ["metrics.x == 1", "runs", "Invalid comparator '=='"],
    [
      "x.y = 'a'",
      "runs",
      "Invalid entity type 'x'. Valid values are ['metric', 'parameter', 'tag', 'attribute', 'dataset']",
    ],
    ["datasets.foo = 'a'", "runs", "Invalid dataset key 'foo' specified"],
    ["strat_time > 5", "runs", "Invalid attribute key 'strat_time' specified"],
    ["strat_time > 5", "runs", "did you mean 'start_time'?"],
    ["metrics.x > 1 adn metrics.y > 2", "runs", "(at character 15: 'adn'; did you mean 'AND'?)"],
    ["metrics.x", "runs", "at character 10: the end"],
    ["metrics.x = 1 AND", "runs", "at character 18: the end"],
    ["AND", "runs", "Invalid clause(s) in filter string: 'AND'"],
    ["metrics.x > 1; metrics.y > 2", "runs", "Invalid clause(s) in filter string: ';'"],
    ["params.x = 'abc", "runs", "the quote ' is not closed (at character 12"],
    ["'x' = 'a'", "runs", "Invalid comparison clause. Expected 'Identifier' found ''x''"],
    ["metrics. = 1", "runs", "a name must follow the dot"],
    ["(metrics.x = 1", "runs", "expected AND, OR or the closing bracket"],
    ["creation_time > 1.5", "experiments", "Invalid value for numeric attribute 'creation_time': '1.5'"],
    ["name IN ('a')", "experiments", "Only ['experiment_id'] attributes support"],
    ["creation_timestamp > 5", "registeredModels", "Invalid attribute key 'creation_timestamp'"],
  ])("refuses %s", (source, entity, expected) => {
    expect(outcome(source, entity)).toContain(expected);
    expect(outcome(source, entity)).toMatch(/^!/);
  });

  test("returns undefined for an empty filter", () => {
    expect(parseFilter("", "runs")).toBeUndefined();
    expect(parseFilter(" \n", "runs")).toBeUndefined();
  });

  test("limits depth, number of comparisons and length", () => {
    const nested = (depth: number): string => `${"(".repeat(depth)}metrics.x = 1${")".repeat(depth)}`;
    expect(outcome(nested(LIMITS.filterDepthMax), "runs")).toBe("metrics.x = 1");
    expect(outcome(nested(LIMITS.filterDepthMax + 1), "runs")).toContain("nested deeper than");
    const many = Array.from({ length: LIMITS.filterComparisonsMax + 1 }, () => "metrics.x = 1").join(" AND ");
    expect(outcome(many, "runs")).toContain("at most 250 comparisons");
    expect(outcome(`params.x = '${"a".repeat(LIMITS.filterCharsMax)}'`, "runs")).toContain(
      "at most 100000 characters",
    );
  });

  test("limits the searched characters over all patterns of a filter", () => {
    const pattern = (chars: number): string => `params.x LIKE '%${"a".repeat(chars)}%'`;
    const half = LIMITS.likeSearchedCharsMax / 2;
    expect(outcome(`${pattern(half - 1)} AND ${pattern(half - 1)}`, "runs")).not.toMatch(/^!/);
    const refusal = "at most 250 characters after the first %, got 251";
    expect(outcome(`${pattern(half - 1)} AND ${pattern(half)}`, "runs")).toContain(refusal);
    expect(outcome(`params.x LIKE '${"%a".repeat(half + 1)}'`, "runs")).toContain(refusal);
    expect(outcome(`params.x LIKE '${"a".repeat(LIMITS.likePatternCharsMax)}'`, "runs")).not.toMatch(/^!/);
  });

  test("parses every printed tree back to the same tree", () => {
    fc.assert(
      fc.property(filters, (filter) => {
        expect(parseFilter(printFilter(filter), "runs")).toEqual(filter);
      }),
    );
  });

  test("throws only AppError, for any text", () => {
    const words = fc.constantFrom(
      "metrics.",
      "params",
      "`",
      '"',
      "'",
      "(",
      ")",
      "NOT",
      "IN",
      "IS",
      "NULL",
      "=",
      "1",
      " ",
      "AND",
      "BETWEEN",
      "a",
      ".",
      ",",
    );
    const texts = fc.oneof(
      fc.string({ unit: "binary" }),
      fc.array(words).map((parts) => parts.join("")),
      fc.array(words).map((parts) => parts.join(" ")),
    );
    fc.assert(
      fc.property(texts, (text) => {
        expect(() => outcome(text, "runs")).not.toThrow();
      }),
      { numRuns: 2000 },
    );
  });
});

/** The filter parsed and printed again, or `!` and the error message. */
function outcome(source: string, entity: SearchEntityName): string {
  try {
    const filter = parseFilter(source, entity);
    return filter === undefined ? "" : printFilter(filter);
  } catch (error) {
    if (!isAppError(error, "INVALID_PARAMETER_VALUE")) throw error;
    return `!${error.message}`;
  }
}

const number = fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => (value === 0 ? 0 : value));
const key = fc.string({ minLength: 1, unit: "grapheme" });
const textField = fc.record({ kind: fc.constantFrom("parameter" as const, "tag" as const), key });
const metricField = fc.record({ kind: fc.constant("metric" as const), key });

const comparisons: fc.Arbitrary<Comparison> = fc.oneof(
  fc.record({
    kind: fc.constant("value" as const),
    field: metricField,
    comparator: fc.constantFrom(
      "=" as const,
      "!=" as const,
      ">" as const,
      ">=" as const,
      "<" as const,
      "<=" as const,
    ),
    value: number,
  }),
  fc.record({
    kind: fc.constant("value" as const),
    field: textField,
    comparator: fc.constantFrom("=" as const, "!=" as const),
    value: fc.string({ unit: "grapheme" }),
  }),
  fc.record({
    kind: fc.constant("pattern" as const),
    field: textField,
    comparator: fc.constantFrom("LIKE" as const, "ILIKE" as const),
    pattern: fc.string(),
  }),
  fc.record({
    kind: fc.constant("list" as const),
    field: fc.constant({ kind: "attribute" as const, key: "run_id" }),
    comparator: fc.constantFrom("IN" as const, "NOT IN" as const),
    values: fc.array(fc.string(), { minLength: 1 }),
  }),
  fc.record({
    kind: fc.constant("null" as const),
    field: textField,
    comparator: fc.constantFrom("IS NULL" as const, "IS NOT NULL" as const),
  }),
  fc.record({
    kind: fc.constant("range" as const),
    field: metricField,
    comparator: fc.constant("BETWEEN" as const),
    low: number,
    high: number,
  }),
);

/** Trees as the parser creates them: an operand of a junction is a junction of the same kind only in brackets. */
const filters: fc.Arbitrary<Filter> = fc.letrec<{ filter: Filter; not: Filter; junction: Filter }>((tie) => ({
  filter: fc.oneof({ maxDepth: 4 }, comparisons, tie("not"), tie("junction")),
  not: tie("filter").map((operand) => ({ kind: "not" as const, operand })),
  junction: fc
    .tuple(
      fc.constantFrom("and" as const, "or" as const),
      fc.array(tie("filter"), { minLength: 2, maxLength: 4 }),
    )
    .map(([kind, operands]) => ({ kind, operands })),
})).filter;
