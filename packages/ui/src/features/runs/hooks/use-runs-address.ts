import { getRouteApi } from "@tanstack/react-router";
import { useCallback } from "react";
import { definedOnly } from "../../../lib/search-values.ts";
import type { RunsSearch } from "../runs-search.ts";

/** Undefined takes a value out of the address. */
export type RunsSearchChange = { readonly [TName in keyof RunsSearch]?: RunsSearch[TName] | undefined };

export type RunsAddress = {
  readonly search: RunsSearch;
  readonly change: (changes: RunsSearchChange) => void;
};

const route = getRouteApi("/experiments/$experimentId");

/** What the table shows, as the address has it, and how to change that. */
export function useRunsAddress(): RunsAddress {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const change = useCallback(
    (changes: RunsSearchChange) =>
      // Stays on this screen, whose queries show what fails.
      void navigate({ search: (before) => definedOnly({ ...before, ...changes }), replace: true }),
    [navigate],
  );
  return { search, change };
}
