import { describe, expect, it } from "vitest";
import { containsPattern, quoteFilterKey, quoteFilterText } from "./filter-text.ts";

describe("quoteFilterText", () => {
  it("chooses the quote that the text does not hold", () => {
    expect(quoteFilterText("plain")).toBe("'plain'");
    expect(quoteFilterText("it's")).toBe('"it\'s"');
  });
});

describe("quoteFilterKey", () => {
  it("puts back-ticks round a key that is more than a word", () => {
    expect(quoteFilterKey("metrics", "accuracy")).toBe("metrics.accuracy");
    expect(quoteFilterKey("metrics", "val loss")).toBe("metrics.`val loss`");
    expect(quoteFilterKey("tags", "mlflow.source.name")).toBe("tags.`mlflow.source.name`");
  });
});

describe("containsPattern", () => {
  it("finds the text anywhere", () => {
    expect(containsPattern("air")).toBe("'%air%'");
  });
});
