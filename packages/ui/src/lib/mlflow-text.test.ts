import { describe, expect, test } from "vitest";
import { containsPattern, quoteFilterKey, quoteFilterText } from "./mlflow-text.ts";

describe("quoteFilterText", () => {
  test("chooses the quote that the text does not hold", () => {
    expect(quoteFilterText("plain")).toBe("'plain'");
    expect(quoteFilterText("it's")).toBe('"it\'s"');
  });
});

describe("quoteFilterKey", () => {
  test("puts back-ticks round a key that is more than a word", () => {
    expect(quoteFilterKey("metrics", "accuracy")).toBe("metrics.accuracy");
    expect(quoteFilterKey("metrics", "val loss")).toBe("metrics.`val loss`");
    expect(quoteFilterKey("tags", "mlflow.source.name")).toBe("tags.`mlflow.source.name`");
  });
});

describe("containsPattern", () => {
  test("matches the text anywhere", () => {
    expect(containsPattern("air")).toBe("'%air%'");
  });
});
