import { AppError } from "@flightdeck/core";
import { LIMITS } from "../../limits.ts";

/** Counts what one request holds, so that few bytes cannot become much memory. */
export class OtlpBudget {
  #spans = 0;
  #values = 0;

  takeSpan(): void {
    this.#spans++;
    if (this.#spans > LIMITS.traceSpansMax) throw tooMany("spans", LIMITS.traceSpansMax);
  }

  /** One value of an attribute, event or link. */
  takeValue(): void {
    this.#values++;
    if (this.#values > LIMITS.otlpValuesMax) throw tooMany("values in attributes", LIMITS.otlpValuesMax);
  }
}

function tooMany(what: string, countMax: number): AppError {
  return new AppError("INVALID_PARAMETER_VALUE", `an OTLP request may hold at most ${countMax} ${what}`);
}
