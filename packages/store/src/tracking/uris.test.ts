import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { locationsAbove, normalLocation } from "./uris.ts";

describe("normalLocation", () => {
  test.each([
    ["mlflow-artifacts:/4", "mlflow-artifacts:/4"],
    ["mlflow-artifacts:/4/", "mlflow-artifacts:/4"],
    ["mlflow-artifacts:///4//x", "mlflow-artifacts:/4/x"],
    ["MLFLOW-artifacts://Host:5000/4", "mlflow-artifacts:/4"],
    ["mlflow-artifacts://host", "mlflow-artifacts:/"],
    ["mlflow-artifacts:/%34/a%20b", "mlflow-artifacts:/4/a b"],
    ["mlflow-artifacts:/a%2Fb", "mlflow-artifacts:/a/b"],
    ["mlflow-artifacts:/100%25", "mlflow-artifacts:/100%25"],
    ["mlflow-artifacts:/%2534", "mlflow-artifacts:/%2534"],
    ["dbfs:/databricks//mlflow/4/", "dbfs:/databricks/mlflow/4"],
    ["dbfs://databricks/mlflow/4", "dbfs:/databricks/mlflow/4"],
    ["mlflow-artifacts:/%", "mlflow-artifacts:/%"],
    ["s3://bucket//a%20b/", "s3://bucket//a%20b/"],
    ["/tmp//x/", "/tmp//x/"],
    ["", ""],
  ])("normalizes %s to %s", (uri, normal) => {
    expect(normalLocation(uri)).toBe(normal);
  });

  test("is idempotent and agrees with locationsAbove", () => {
    const name = fc.string({ unit: "grapheme", minLength: 1 }).filter((text) => !text.includes("/"));
    fc.assert(
      fc.property(fc.array(name, { minLength: 1, maxLength: 8 }), (names) => {
        const location = normalLocation(`mlflow-artifacts:/${names.map(encodeURIComponent).join("/")}/`);
        expect(normalLocation(location)).toBe(location);
        expect(locationsAbove("mlflow-artifacts:/", names.join("/")).at(-1)).toBe(location);
      }),
    );
  });
});

describe("locationsAbove", () => {
  test("returns each folder from the first, with a limit on their number", () => {
    expect(locationsAbove("dbfs:/", "a/b c/d%")).toEqual(["dbfs:/a", "dbfs:/a/b c", "dbfs:/a/b c/d%25"]);
    expect(locationsAbove("mlflow-artifacts:/", "/".repeat(60_000))).toEqual([]);
    expect(locationsAbove("mlflow-artifacts:/", "a/".repeat(60_000))).toHaveLength(32);
  });
});
