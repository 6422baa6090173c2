import { choiceValue, definedOnly, textValue } from "../../lib/search-values.ts";

export const RUN_TABS = ["overview", "charts", "artifacts"] as const;
export type RunTab = (typeof RUN_TABS)[number];

/** What the address of a run holds. */
export type RunSearch = {
  readonly tab?: RunTab;
  /** The artifact that is open, as its browser's tree names it. */
  readonly path?: string;
};

export function parseRunSearch(search: Record<string, unknown>): RunSearch {
  return definedOnly({ tab: choiceValue(search, "tab", RUN_TABS), path: textValue(search, "path") });
}
