import { AppError } from "@flightdeck/core";
import { describe, expect, it } from "vitest";
import { locateFilterError } from "./locate-filter-error.ts";

const filter = "metrcs.acc > 0.5";

describe("locateFilterError", () => {
  it("takes the place from the details", () => {
    const error = new AppError("INVALID_PARAMETER_VALUE", "unknown entity", {
      details: { start: 2, end: 6 },
    });
    expect(locateFilterError(filter, error)).toEqual({ start: 2, end: 6 });
  });

  it("finds what the message quotes", () => {
    const error = new AppError(
      "INVALID_PARAMETER_VALUE",
      "Invalid entity type 'metrcs'. Valid values are ['metric']",
    );
    expect(locateFilterError(filter, error)).toEqual({ start: 0, end: 6 });
  });

  it("points nowhere when nothing tells", () => {
    expect(locateFilterError(filter, new AppError("INTERNAL_ERROR", "it's broken"))).toBeUndefined();
  });
});
