import {
  keepPreviousData,
  type UseInfiniteQueryResult,
  useInfiniteQuery,
  useQuery,
} from "@tanstack/react-query";
import { useEffect, useMemo, useState } from "react";
import { runsByIdQuery, runsQuery } from "../api/run-queries.ts";
import { type RunRow, toRunRow } from "../run-row.ts";
import { buildRunTree, flatRunNodes, missingParentIds, type RunNode } from "../run-tree.ts";
import type { RunsSearch } from "../runs-search.ts";

export type Runs = {
  readonly query: UseInfiniteQueryResult;
  /** The runs found so far, in the server's order; undefined until the first answer. */
  readonly rows: readonly RunRow[] | undefined;
  /** The same runs as the table shows them. */
  readonly nodes: readonly RunNode[];
  /** The rows answer an earlier question: the present one is under way, or the server refused it. */
  readonly isStale: boolean;
};

/** The runs that an address asks for, as a tree or flat. Rows of the last search stay until the next has answered. */
export function useRuns(experimentId: string, search: RunsSearch): Runs {
  const query = useInfiniteQuery({
    ...runsQuery({ experimentId, ...search }),
    placeholderData: keepPreviousData,
  });
  const found = useMemo(() => query.data?.pages.flatMap(({ items }) => items.map(toRunRow)), [query.data]);
  const lastRows = useLast(found);
  // A filter with a typo takes nothing away from what was there.
  const rows = found ?? (query.isError ? lastRows : undefined);
  const isFlat = search.layout === "flat";
  const parentIds = useMemo(() => (isFlat ? [] : missingParentIds(rows ?? [])), [isFlat, rows]);
  const parents = useQuery({
    ...runsByIdQuery(experimentId, parentIds),
    placeholderData: keepPreviousData,
  }).data;
  const nodes = useMemo(() => {
    if (rows === undefined) return [];
    return isFlat ? flatRunNodes(rows) : buildRunTree(rows, parents?.map(toRunRow));
  }, [isFlat, rows, parents]);
  return {
    query,
    rows,
    nodes,
    isStale: query.isPlaceholderData || (found === undefined && rows !== undefined),
  };
}

/** The last value that was there. */
function useLast<TValue>(value: TValue | undefined): TValue | undefined {
  const [last, setLast] = useState(value);
  useEffect(() => {
    if (value !== undefined) setLast(value);
  }, [value]);
  return last;
}
