import { errorFromWire } from "@flightdeck/protocol";
import { describe, expect, test } from "vitest";
import { correctionOf, locateFilterError, placeInFilter, suggestionsAt } from "./filter-completion.ts";

const keys = {
  metrics: ["accuracy", "val loss", "val_accuracy"],
  params: ["max_depth", "optimizer"],
  tags: ["mlflow.user", "team"],
};
const labels = (text: string, values: readonly { value: string; runCount: number }[] = []): string[] =>
  suggestionsAt(placeInFilter(text), keys, values).map(({ label }) => label);
const firstTaken = (text: string): string => {
  const [first] = suggestionsAt(placeInFilter(text), keys, []);
  return first === undefined ? text : text.slice(0, first.start) + first.text;
};

describe("placeInFilter", () => {
  test.each([
    ["", "name"],
    ["metr", "name"],
    ["metrics.`val l", "name"],
    ["metrics.accuracy ", "comparator"],
    ["metrics.accuracy > ", "value"],
    ["metrics.accuracy > 0.5 ", "joiner"],
    ["metrics.accuracy > 0.5 and ", "name"],
    ["metrics.accuracy BETWEEN 1 ", "value"],
    ["metrics.accuracy BETWEEN 1 AND ", "value"],
    ["metrics.accuracy BETWEEN 1 AND 2 ", "joiner"],
    ["params.optimizer IN ('a', ", "value"],
    ["params.optimizer IN ('a', 'b') ", "joiner"],
    ["params.optimizer IS NOT NULL ", "joiner"],
    ["(params.optimizer = 'adam' OR ", "name"],
    ["params.optimizer = 'ad", "value"],
    ["NOT ", "name"],
  ])("after %j the grammar has a %s", (text, expects) => {
    expect(placeInFilter(text).expects).toBe(expects);
  });

  test("suggests nothing after characters outside the grammar", () => {
    expect(suggestionsAt(placeInFilter("metrics.accuracy > 1 ; %"), keys, [])).toEqual([]);
  });

  test("knows the word being typed", () => {
    expect(placeInFilter("params.optimizer = 'ad")).toMatchObject({
      typed: "'ad",
      start: 19,
      field: { group: "params", key: "optimizer" },
    });
  });
});

describe("suggestionsAt", () => {
  test("finds keys by their beginning, then by any part, with or without their group", () => {
    expect(labels("metrics.")).toEqual(["metrics.accuracy", "metrics.val loss", "metrics.val_accuracy"]);
    expect(labels("acc")).toEqual(["metrics.accuracy", "metrics.val_accuracy"]);
    expect(labels("dep")).toEqual(["params.max_depth"]);
    expect(labels("metrics.accuracy")).toEqual([]);
  });

  test("quotes keys that need it", () => {
    expect(firstTaken("metrics.val")).toBe("metrics.`val loss` ");
    expect(firstTaken("team = 'x' and metrics.`val l")).toBe("team = 'x' and metrics.`val loss` ");
  });

  test("offers the comparisons that fit, and the values that runs have", () => {
    expect(labels("metrics.accuracy ")).toContain(">=");
    expect(labels("params.optimizer ")).toContain("ILIKE");
    expect(labels("attributes.status = ")).toContain("FINISHED");
    expect(labels("params.optimizer = ", [{ value: "adam", runCount: 3 }])).toEqual(["adam"]);
  });
});

describe("correctionOf", () => {
  test.each([
    ["metrics.val_acuracy > 0.5", "metrics.val_accuracy > 0.5"],
    ["params.team = 'x' or params.max_dept = '3'", "tags.team = 'x' or params.max_dept = '3'"],
    ["metric.acuracy > 1", "metrics.accuracy > 1"],
  ])("%j was likely meant as %j", (filter, corrected) => {
    expect(correctionOf(filter, keys)?.filter).toBe(corrected);
  });

  test("leaves known keys alone, and keys that resemble none", () => {
    expect(correctionOf("metrics.accuracy > 1 and attributes.status = 'FINISHED'", keys)).toBeUndefined();
    expect(correctionOf("metrics.something_else > 1", keys)).toBeUndefined();
  });
});

const filter = "metrcs.acc > 0.5";

const refusal = (message: string, details?: Record<string, unknown>): Error =>
  errorFromWire(400, { error_code: "INVALID_PARAMETER_VALUE", message, ...(details && { details }) });

describe("locateFilterError", () => {
  test("takes the place from the details", () => {
    const error = refusal("unknown entity", { position: 7, word: "acc" });
    expect(locateFilterError(filter, error)).toEqual({ start: 7, end: 10 });
  });

  test("marks the end of a filter that stops too early", () => {
    const error = refusal("a value is missing", { position: filter.length, word: "" });
    expect(locateFilterError(filter, error)).toEqual({ start: filter.length, end: filter.length + 1 });
  });

  test("finds what the message quotes", () => {
    const error = refusal("Invalid entity type 'metrcs'. Valid values are ['metric']");
    expect(locateFilterError(filter, error)).toEqual({ start: 0, end: 6 });
  });

  test("returns nothing when neither details nor quotes help", () => {
    expect(locateFilterError(filter, refusal("it's broken"))).toBeUndefined();
  });
});
