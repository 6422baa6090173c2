import { describe, expect, it } from "vitest";
import { parseRunColumn, runColumnLabel, runColumnOrderBy } from "./run-columns.ts";

describe("parseRunColumn", () => {
  it("splits at the first dot", () => {
    expect(parseRunColumn("metrics.val.loss")).toEqual({
      id: "metrics.val.loss",
      group: "metrics",
      key: "val.loss",
    });
  });

  it.each(["", "accuracy", "metrics.", "other.x", "attributes.nonsense"])("refuses %j", (id) => {
    expect(parseRunColumn(id)).toBeUndefined();
  });
});

it("orders by what the server knows", () => {
  const orderBy = ["attributes.start_time", "attributes.duration", "metrics.val loss"].map((id) => {
    const column = parseRunColumn(id);
    return column && runColumnOrderBy(column);
  });
  expect(orderBy).toEqual(["attributes.start_time", undefined, "metrics.`val loss`"]);
});

it("names a column as people do", () => {
  expect(["attributes.user_id", "params.max_depth"].map((id) => runColumnLabel(parseRunColumn(id)!))).toEqual(
    ["User", "max_depth"],
  );
});
