import { AppError } from "@flightdeck/core";
import { LIMITS } from "@flightdeck/protocol";

/** A document as it is stored. Thousands may be, so each is bounded. */
export function checkedDocument(what: string, document: object): string {
  const text = JSON.stringify(document);
  if (text.length <= LIMITS.jobDocumentCharsMax) return text;
  const message = `${what} may have ${LIMITS.jobDocumentCharsMax} characters as JSON, got ${text.length}`;
  throw new AppError("INVALID_PARAMETER_VALUE", message);
}
