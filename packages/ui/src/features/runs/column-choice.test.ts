import { describe, expect, it } from "vitest";
import { defaultColumnIds, summarizeColumns } from "./column-choice.ts";
import { exampleRow } from "./testing/example-row.ts";

const valueColumns = (ids: readonly string[]): readonly string[] =>
  ids.filter((id) => !id.startsWith("attributes."));

describe("defaultColumnIds", () => {
  it("shows what differs, metrics first", () => {
    const rows = [
      exampleRow("a", { metrics: { accuracy: 0.7, bias: 1 }, params: { depth: "5", seed: "1" } }),
      exampleRow("b", { metrics: { accuracy: 0.8, bias: 1 }, params: { depth: "9", seed: "1" } }),
    ];
    expect(valueColumns(defaultColumnIds(summarizeColumns(rows)))).toEqual([
      "metrics.accuracy",
      "params.depth",
    ]);
  });

  it("shows what there is when nothing differs", () => {
    const rows = [exampleRow("a", { metrics: { accuracy: 0.7 }, params: { layer10: "1", layer2: "1" } })];
    expect(valueColumns(defaultColumnIds(summarizeColumns(rows)))).toEqual([
      "metrics.accuracy",
      "params.layer2",
      "params.layer10",
    ]);
  });

  it("tells numbers from texts", () => {
    const rows = [
      exampleRow("a", { params: { depth: "5", rate: "1e-3", kind: "1", empty: "" } }),
      exampleRow("b", { params: { depth: "-7.5", rate: ".5", kind: "gini" } }),
    ];
    expect([...summarizeColumns(rows).numeric].toSorted()).toEqual(["params.depth", "params.rate"]);
  });

  it("stops before the table grows wider than a screen", () => {
    const params = Object.fromEntries(Array.from({ length: 50 }, (_, index) => [`p${index}`, "1"]));
    const ids = valueColumns(defaultColumnIds(summarizeColumns([exampleRow("a", { params })])));
    expect(ids.length).toBeLessThan(10);
  });
});
