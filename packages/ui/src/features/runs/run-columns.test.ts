import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  formatColumnIds,
  parseColumnIds,
  parseRunColumn,
  runColumnLabel,
  runColumnOrderBy,
  runsOrderBy,
  shortSourceName,
} from "./run-columns.ts";

describe("parseRunColumn", () => {
  test("splits at the first dot", () => {
    expect(parseRunColumn("metrics.val.loss")).toEqual({
      id: "metrics.val.loss",
      group: "metrics",
      key: "val.loss",
    });
  });

  test.each(["", "accuracy", "metrics.", "other.x", "attributes.nonsense", "attributes.constructor"])(
    "refuses %j",
    (id) => {
      expect(parseRunColumn(id)).toBeUndefined();
    },
  );
});

test("orders by the server's names", () => {
  const orderBy = ["attributes.start_time", "attributes.duration", "metrics.val loss"].map((id) => {
    const column = parseRunColumn(id);
    return column && runColumnOrderBy(column);
  });
  expect(orderBy).toEqual(["attributes.start_time", undefined, "metrics.`val loss`"]);
});

test("labels a column for people", () => {
  expect(["attributes.user_id", "params.max_depth"].map((id) => runColumnLabel(parseRunColumn(id)!))).toEqual(
    ["User", "max_depth"],
  );
});

describe("runsOrderBy", () => {
  test("defaults to newest first", () => {
    expect(runsOrderBy({})).toEqual(["attributes.start_time DESC"]);
    expect(runsOrderBy({ sort: "metrics.val loss", dir: "asc" })).toEqual(["metrics.`val loss` ASC"]);
    expect(runsOrderBy({ sort: "nonsense" })).toEqual(["attributes.start_time DESC"]);
  });
});

describe("column ids in an address", () => {
  test("survive a round trip, whatever the keys contain", () => {
    const key = fc.string({ minLength: 1 }).map((text) => `params.${text}`);
    fc.assert(
      fc.property(fc.array(key, { minLength: 1 }), (ids) => {
        expect(parseColumnIds(formatColumnIds(ids))).toEqual(ids);
      }),
    );
  });
});

test.each([
  ["/srv/projects/train.ts", "train.ts"],
  ["file:///srv/projects/airline/", "airline"],
  ["C:\\work\\train.py", "train.py"],
  ["train.py", "train.py"],
  ["", ""],
])("shortens %j to %j", (source, name) => {
  expect(shortSourceName(source)).toBe(name);
});
