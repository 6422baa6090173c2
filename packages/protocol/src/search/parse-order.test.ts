import { isAppError } from "@flightdeck/core";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseOrderBy } from "./parse-filter.ts";
import type { SearchEntityName } from "./search-entity.ts";

describe("parseOrderBy", () => {
  test.each<[string, SearchEntityName, string]>([
    ["metrics.acc", "runs", "metric acc asc"],
    ["metrics.acc DESC", "runs", "metric acc desc"],
    ["params.`a b` asc", "runs", "parameter a b asc"],
    ['tags."a.b" desc', "runs", "tag a.b desc"],
    ["Created DESC", "runs", "attribute start_time desc"],
    ["attribute.end_time", "runs", "attribute end_time asc"],
    ["`Run Name`", "runs", "attribute run_name asc"],
    ["last_update_time DESC", "experiments", "attribute last_update_time desc"],
    ["timestamp", "registeredModels", "attribute last_updated_timestamp asc"],
    ["version_number DESC", "modelVersions", "attribute version_number desc"],
    ["creation_time", "loggedModels", "attribute creation_timestamp asc"],
  ])("reads %s", (clause, entity, expected) => {
    expect(outcome([clause], entity)).toBe(expected);
  });

  test.each<[readonly string[], SearchEntityName, string]>([
    [
      ["attribute.start_time foo"],
      "runs",
      "Invalid ordering key in order_by clause 'attribute.start_time foo'.",
    ],
    [
      ["metrics.acc DESC ASC"],
      "runs",
      "Invalid order_by clause 'metrics.acc DESC ASC'. Could not be parsed.",
    ],
    [[""], "runs", "Invalid order_by clause ''. Could not be parsed."],
    [["xx"], "runs", "Invalid attribute key 'xx' specified"],
    [["dataset.name"], "runs", "Invalid order_by entity: dataset"],
    [["tags.a"], "experiments", "Invalid order_by entity: tag"],
    [["run_id"], "modelVersions", "Invalid attribute key 'run_id' specified"],
    [
      ["start_time", "Created DESC"],
      "runs",
      "`order_by` contains duplicate fields: ['start_time', 'Created DESC']",
    ],
  ])("refuses %s", (clauses, entity, expected) => {
    expect(outcome(clauses, entity)).toContain(expected);
  });

  test("throws only AppError, for any text", () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: "binary" })), (clauses) => {
        expect(() => outcome(clauses, "runs")).not.toThrow();
      }),
    );
  });
});

function outcome(clauses: readonly string[], entity: SearchEntityName): string {
  try {
    const orders = parseOrderBy(clauses, entity);
    return orders
      .map(({ field, isAscending }) => `${field.kind} ${field.key} ${isAscending ? "asc" : "desc"}`)
      .join(", ");
  } catch (error) {
    if (!isAppError(error, "INVALID_PARAMETER_VALUE")) throw error;
    return `!${error.message}`;
  }
}
