import { definedOnly, textValue } from "../../lib/search-values.ts";

/** What the address of the registry holds. */
export type ModelsSearch = {
  /** Part of the names wanted. */
  readonly q?: string;
};

export function parseModelsSearch(search: Record<string, unknown>): ModelsSearch {
  return definedOnly({ q: textValue(search, "q") });
}
