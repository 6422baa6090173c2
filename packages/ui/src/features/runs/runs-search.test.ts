import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { formatColumnIds, parseColumnIds, parseRunsSearch, runsOrderBy } from "./runs-search.ts";

describe("parseRunsSearch", () => {
  it("keeps what it knows and drops the rest", () => {
    const search = { filter: "metrics.a > 1", dir: "asc", layout: "round", view: 7, other: "x" };
    expect(parseRunsSearch(search)).toEqual({ filter: "metrics.a > 1", dir: "asc" });
  });
});

describe("runsOrderBy", () => {
  it("is newest first, or what a column says", () => {
    expect(runsOrderBy({})).toEqual(["attributes.start_time DESC"]);
    expect(runsOrderBy({ sort: "metrics.val loss", dir: "asc" })).toEqual(["metrics.`val loss` ASC"]);
    expect(runsOrderBy({ sort: "nonsense" })).toEqual(["attributes.start_time DESC"]);
  });
});

describe("column ids in an address", () => {
  it("come back as they went, whatever the keys hold", () => {
    const key = fc.string({ minLength: 1 }).map((text) => `params.${text}`);
    fc.assert(
      fc.property(fc.array(key, { minLength: 1 }), (ids) => {
        expect(parseColumnIds(formatColumnIds(ids))).toEqual(ids);
      }),
    );
  });
});
