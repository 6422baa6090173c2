import { errorFromWire } from "@flightdeck/protocol";
import { describe, expect, it } from "vitest";
import { locateFilterError } from "./locate-filter-error.ts";

const filter = "metrcs.acc > 0.5";

const refusal = (message: string, details?: Record<string, unknown>): Error =>
  errorFromWire(400, { error_code: "INVALID_PARAMETER_VALUE", message, ...(details && { details }) });

describe("locateFilterError", () => {
  it("takes the place from the details", () => {
    const error = refusal("unknown entity", { position: 7, word: "acc" });
    expect(locateFilterError(filter, error)).toEqual({ start: 7, end: 10 });
  });

  it("marks the end of a filter that stops too early", () => {
    const error = refusal("a value is missing", { position: filter.length, word: "" });
    expect(locateFilterError(filter, error)).toEqual({ start: filter.length, end: filter.length + 1 });
  });

  it("finds what the message quotes", () => {
    const error = refusal("Invalid entity type 'metrcs'. Valid values are ['metric']");
    expect(locateFilterError(filter, error)).toEqual({ start: 0, end: 6 });
  });

  it("points nowhere when nothing tells", () => {
    expect(locateFilterError(filter, refusal("it's broken"))).toBeUndefined();
  });
});
