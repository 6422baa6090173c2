import { choiceValue, definedOnly } from "../../lib/search-values.ts";

export type JobsTab = "runs" | "clusters";
export type JobRunsShown = "active" | "completed";

/** What the address of the jobs holds. */
export type JobsSearch = { readonly tab?: "clusters"; readonly show?: JobRunsShown };

export function parseJobsSearch(search: Record<string, unknown>): JobsSearch {
  return definedOnly({
    tab: choiceValue(search, "tab", ["clusters"] as const),
    show: choiceValue(search, "show", ["active", "completed"] as const),
  });
}
