import { SYSTEM_TAGS } from "@flightdeck/protocol";
import type { RunRow } from "./run-row.ts";

/** A row of the runs table with the rows that are nested in it. */
export type RunNode = {
  readonly row: RunRow;
  /** False for a parent that the search did not find and that is there to hold its children. */
  readonly isMatch: boolean;
  readonly children: readonly RunNode[];
};

/**
 * Puts nested runs under their parents. `matches` keep the server's order: a family stands where its first match
 * stands, and children keep their order among themselves. `parents` are runs that the search itself did not find;
 * only those that have a match below them appear. Each match appears exactly once, also when parents form a circle.
 */
export function buildRunTree(
  matches: readonly RunRow[],
  parents: readonly RunRow[] = [],
): readonly RunNode[] {
  const known = new Map([...parents, ...matches].map((row) => [row.run.info.runId, row]));
  const matchIds = new Set(matches.map(({ run }) => run.info.runId));
  const childrenOf = new Map<string, RunRow[]>();
  const roots: RunRow[] = [];
  const placed = new Set<string>();

  const place = (row: RunRow): void => {
    const { runId } = row.run.info;
    if (placed.has(runId)) return;
    placed.add(runId);
    const parent = findParent(row, known);
    if (parent === undefined || isAncestor(row, parent, known)) {
      roots.push(row);
      return;
    }
    const siblings = childrenOf.get(parent.run.info.runId);
    if (siblings === undefined) childrenOf.set(parent.run.info.runId, [row]);
    else siblings.push(row);
    place(parent);
  };
  for (const row of matches) place(row);

  const toNode = (row: RunRow): RunNode => {
    const { runId } = row.run.info;
    return { row, isMatch: matchIds.has(runId), children: (childrenOf.get(runId) ?? []).map(toNode) };
  };
  return roots.map(toNode);
}

/** Every match as a row of its own, in the server's order. */
export function flatRunNodes(matches: readonly RunRow[]): readonly RunNode[] {
  return matches.map((row) => ({ row, isMatch: true, children: [] }));
}

/** Ids of parents that rows name and that are not among them. */
export function missingParentIds(rows: readonly RunRow[]): readonly string[] {
  const present = new Set(rows.map(({ run }) => run.info.runId));
  const named = rows.map(parentRunId).filter((id) => id !== undefined);
  return [...new Set(named)].filter((id) => !present.has(id)).toSorted();
}

/** The id of the run that a run is nested in. */
export function parentRunId(row: RunRow): string | undefined {
  return row.tags.get(SYSTEM_TAGS.parentRunId);
}

function findParent(row: RunRow, known: ReadonlyMap<string, RunRow>): RunRow | undefined {
  const id = parentRunId(row);
  return id === undefined ? undefined : known.get(id);
}

/** Whether `row` is `other` or above it; tags are free text, so a run may claim to be its own grandparent. */
function isAncestor(row: RunRow, other: RunRow, known: ReadonlyMap<string, RunRow>): boolean {
  const seen = new Set<RunRow>();
  let step: RunRow | undefined = other;
  while (step !== undefined && !seen.has(step)) {
    if (step === row) return true;
    seen.add(step);
    step = findParent(step, known);
  }
  return false;
}
