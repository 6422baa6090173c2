import { isAppError } from "@flightdeck/core";
import { expect, test } from "vitest";
import { parseFilter, parseOrderBy } from "./parse-filter.ts";
import { printFilter } from "./filter.ts";

function outcome(source: string): string {
  try {
    const filter = parseFilter(source, "traces");
    return filter === undefined ? "" : printFilter(filter);
  } catch (error) {
    if (!isAppError(error, "INVALID_PARAMETER_VALUE")) throw error;
    return `!${error.message}`;
  }
}

test.each([
  ["timestamp > 0", "attributes.timestamp_ms > 0"],
  ["trace.execution_time BETWEEN 1 AND 2", "attributes.execution_time_ms BETWEEN 1 AND 2"],
  ["name IN ('a', 'b')", "attributes.name IN ('a', 'b')"],
  ["run_id = 'r'", "attributes.run_id = 'r'"],
  ["text LIKE '%x%'", "attributes.text LIKE '%x%'"],
  ["metadata.`mlflow.trace.session` = 's'", "request_metadata.mlflow.trace.session = 's'"],
  ["tags.a IS NULL", "tags.a IS NULL"],
  ["span.name = 'a' AND span.status != 'OK'", "span.name = 'a' AND span.status != 'OK'"],
  ["span.attributes.model LIKE 'gpt%'", "span.attributes.model LIKE 'gpt%'"],
  ["feedback.good = 'true'", "feedback.good = 'true'"],
  ["feedback.score = 1.50", "feedback.score = '1.50'"],
  [
    "feedback.score >= 0.8 OR expectation.x IS NOT NULL",
    "feedback.score >= 0.8 OR expectation.x IS NOT NULL",
  ],
])("%s", (source, printed) => {
  expect(outcome(source)).toBe(printed);
  expect(outcome(printed)).toBe(printed);
});

test.each([
  ["bogus = 1", "!Invalid attribute key 'bogus' specified. Valid keys are"],
  ["text = 'x'", "!Invalid comparator '=' not one of '{'LIKE', 'ILIKE'}'"],
  [
    "span.bogus = 'x'",
    "!Invalid span attribute 'bogus'. Supported attributes: name, status, type, attributes.<attribute_name>.",
  ],
  ["span.attributes. = 'x'", "!Invalid span attribute 'attributes.'"],
  ["feedback.a > 'x'", "!Expected a numeric value for feedback when using comparator '>'. Got value 'x'"],
  ["feedback.a > 1e999", "!Expected a numeric value"],
  ["metrics.a > 1", "!Invalid entity type 'metrics'. Valid values are"],
])("%s is refused", (source, words) => {
  expect(outcome(source)).toContain(words);
});

test("traces can be sorted by attributes, tags and metadata", () => {
  expect(parseOrderBy(["timestamp DESC", "tag.a"], "traces")).toEqual([
    { field: { kind: "attribute", key: "timestamp_ms" }, isAscending: false },
    { field: { kind: "tag", key: "a" }, isAscending: true },
  ]);
  expect(() => parseOrderBy(["text"], "traces")).toThrow("Invalid attribute key 'text' specified");
});
