import { describe, expect, test } from "vitest";
import { parseRunsSearch } from "./addresses.ts";

describe("parseRunsSearch", () => {
  test("keeps known values and drops the rest", () => {
    const search = { filter: "metrics.a > 1", dir: "asc", layout: "round", view: 7, other: "x" };
    expect(parseRunsSearch(search)).toEqual({ filter: "metrics.a > 1", dir: "asc" });
  });
});
