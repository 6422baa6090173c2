import type { ReactNode } from "react";
import { formatCount, formatPlural } from "../../../lib/format-number.ts";
import type { RunNode } from "../run-tree.ts";

type RunsCountProps = {
  /** Runs that the search found and that have been fetched. */
  readonly fetchedCount: number;
  readonly hasMore: boolean;
  readonly nodes: readonly RunNode[];
  readonly expanded: Readonly<Record<string, boolean>>;
};

/** How many of the runs found are in the table, how many are folded away, and whether the server has more. */
export function RunsCount({ fetchedCount, hasMore, nodes, expanded }: RunsCountProps): ReactNode {
  const shown = countShownMatches(nodes, expanded);
  const of = hasMore
    ? `the first ${formatCount(fetchedCount)} runs; the server has more`
    : formatPlural(fetchedCount, "run");
  const folded = fetchedCount - shown;
  return (
    <span className="muted" role="status">
      Showing {formatCount(shown)} of {of}
      {folded > 0 && ` · ${formatCount(folded)} nested in closed rows`}
    </span>
  );
}

function countShownMatches(nodes: readonly RunNode[], expanded: Readonly<Record<string, boolean>>): number {
  return nodes.reduce((sum, { row, isMatch, children }) => {
    const below = expanded[row.run.info.runId] === true ? countShownMatches(children, expanded) : 0;
    return sum + (isMatch ? 1 : 0) + below;
  }, 0);
}
