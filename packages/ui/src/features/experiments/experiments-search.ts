import type { ViewType } from "@flightdeck/protocol";
import { choiceValue, definedOnly, textValue } from "../../lib/search-values.ts";

/** What the list's address holds. */
export type ExperimentsSearch = {
  /** Part of the names wanted. */
  readonly q?: string;
  readonly view?: "DELETED_ONLY";
};

export function parseExperimentsSearch(search: Record<string, unknown>): ExperimentsSearch {
  return definedOnly({
    q: textValue(search, "q"),
    view: choiceValue(search, "view", ["DELETED_ONLY"] as const),
  });
}

/** The view type that an address asks for. */
export function experimentsViewType({ view }: ExperimentsSearch): ViewType {
  return view ?? "ACTIVE_ONLY";
}
