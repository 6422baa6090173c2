import { SYSTEM_TAGS } from "@flightdeck/protocol";
import type { RunRow } from "./run-columns.ts";

/** A run in an outline: its id and its parent's. */
export type OutlinedRun = { readonly runId: string; readonly parentRunId?: string | undefined };

/** The outline of a loaded run. */
export function outlinedRow({ run, tags }: RunRow): OutlinedRun {
  return { runId: run.info.runId, parentRunId: tags.get(SYSTEM_TAGS.parentRunId) };
}

/** A row of the runs table with its nested rows. */
export type RunNode = {
  readonly runId: string;
  /** False for a parent that did not match the search and only holds its children. */
  readonly isMatch: boolean;
  readonly children: readonly RunNode[];
};

/** A row that is not inside a collapsed one. `depth` is its nesting level. */
export type OpenRow = { readonly node: RunNode; readonly depth: number };

/**
 * Nests runs under their parents. `matches` keep the server's order: a family is placed at its first match, and
 * children keep their relative order. `parents` are runs that did not match; they appear only if a descendant matches.
 * Each match appears exactly once, even if parents form a cycle.
 */
export function buildRunTree(
  matches: readonly OutlinedRun[],
  parents: readonly OutlinedRun[] = [],
): readonly RunNode[] {
  const known = new Map([...parents, ...matches].map((run) => [run.runId, run]));
  const matchIds = new Set(matches.map(({ runId }) => runId));
  const childrenOf = new Map<string, OutlinedRun[]>();
  const roots: OutlinedRun[] = [];
  const placed = new Set<string>();

  const place = (run: OutlinedRun): void => {
    if (placed.has(run.runId)) return;
    placed.add(run.runId);
    const parent = findParent(run, known);
    if (parent === undefined || isAncestor(run, parent, known)) {
      roots.push(run);
      return;
    }
    const siblings = childrenOf.get(parent.runId);
    if (siblings === undefined) childrenOf.set(parent.runId, [run]);
    else siblings.push(run);
    place(parent);
  };
  for (const run of matches) place(run);

  const toNode = ({ runId }: OutlinedRun): RunNode => ({
    runId,
    isMatch: matchIds.has(runId),
    children: (childrenOf.get(runId) ?? []).map(toNode),
  });
  return roots.map(toNode);
}

/** Every match as a top-level row, in the server's order. */
export function flatRunNodes(runIds: readonly string[]): readonly RunNode[] {
  return runIds.map((runId) => ({ runId, isMatch: true, children: [] }));
}

/** The rows from top to bottom, without the children of collapsed rows. */
export function openRows(
  nodes: readonly RunNode[],
  expanded: Readonly<Record<string, boolean>>,
): readonly OpenRow[] {
  const rows: OpenRow[] = [];
  const add = (siblings: readonly RunNode[], depth: number): void => {
    for (const node of siblings) {
      rows.push({ node, depth });
      if (expanded[node.runId] === true) add(node.children, depth + 1);
    }
  };
  add(nodes, 0);
  return rows;
}

/** Ids of parents that are not among the runs. */
export function missingParentIds(runs: readonly OutlinedRun[]): readonly string[] {
  const present = new Set(runs.map(({ runId }) => runId));
  const named = new Set(runs.flatMap(({ parentRunId }) => parentRunId ?? []));
  return [...named].filter((id) => !present.has(id)).toSorted();
}

function findParent(
  { parentRunId }: OutlinedRun,
  known: ReadonlyMap<string, OutlinedRun>,
): OutlinedRun | undefined {
  return parentRunId === undefined ? undefined : known.get(parentRunId);
}

/**
 * Whether `run` is `other` or one of its ancestors. Tags are free text, so a run may claim to be its own grandparent.
 */
function isAncestor(run: OutlinedRun, other: OutlinedRun, known: ReadonlyMap<string, OutlinedRun>): boolean {
  const seen = new Set<OutlinedRun>();
  let step: OutlinedRun | undefined = other;
  while (step !== undefined && !seen.has(step)) {
    if (step === run) return true;
    seen.add(step);
    step = findParent(step, known);
  }
  return false;
}
