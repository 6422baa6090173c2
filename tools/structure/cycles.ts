import { dirname } from "node:path";
import type { ImportGraph } from "./import-graph.ts";

/** Sibling folders that import each other, directly or indirectly. */
export type FolderCycle = { readonly parent: string; readonly folders: readonly string[] };

type Edges = ReadonlyMap<string, ReadonlySet<string>>;

/** Groups of files that all reach each other through imports; each group is sorted. */
export function fileCycles({ imports }: ImportGraph): readonly (readonly string[])[] {
  return stronglyConnected(imports).filter((group) => group.length > 1);
}

/**
 * For each folder, the groups of its subfolders that all reach each other through imports. Paths through files next to
 * the subfolders count, so that a cycle cannot hide behind one. `tidy.test.ts` checks packages.
 */
export function folderCycles(graph: ImportGraph): readonly FolderCycle[] {
  const parents = new Set([...graph.modules.keys()].flatMap(foldersAbove));
  return [...parents].toSorted().flatMap((parent) => cyclesBelow(graph, parent));
}

function foldersAbove(path: string): string[] {
  const parts = dirname(path).split("/"); // packages, name, src, …
  return parts.slice(2).map((_, index) => parts.slice(0, index + 3).join("/"));
}

function cyclesBelow({ imports }: ImportGraph, parent: string): readonly FolderCycle[] {
  const prefix = `${parent}/`;
  const childOf = (path: string): string => path.slice(prefix.length).split("/")[0] ?? "";
  const edges = new Map<string, Set<string>>();
  for (const [from, targets] of imports) {
    if (!from.startsWith(prefix)) continue;
    const reached = edges.get(childOf(from)) ?? new Set();
    edges.set(childOf(from), reached);
    for (const target of targets) if (target.startsWith(prefix)) reached.add(childOf(target));
  }
  return stronglyConnected(edges)
    .map((group) => group.filter((child) => !child.includes(".")))
    .filter((folders) => folders.length > 1)
    .map((folders) => ({ parent, folders }));
}

/** Tarjan's algorithm (SIAM J. Comput. 1, 1972): each group sorted, groups in the order of their first name. */
function stronglyConnected(edges: Edges): string[][] {
  const indexOf = new Map<string, number>();
  const lowOf = new Map<string, number>();
  const stack: string[] = [];
  const onStack = new Set<string>();
  const groups: string[][] = [];

  const visit = (node: string): number => {
    const index = indexOf.size;
    indexOf.set(node, index);
    lowOf.set(node, index);
    stack.push(node);
    onStack.add(node);
    for (const next of edges.get(node) ?? []) {
      if (!indexOf.has(next)) lower(lowOf, node, visit(next));
      else if (onStack.has(next)) lower(lowOf, node, indexOf.get(next) ?? index);
    }
    if (lowOf.get(node) === index) groups.push(popUntil(stack, onStack, node));
    return lowOf.get(node) ?? index;
  };

  for (const node of edges.keys()) if (!indexOf.has(node)) visit(node);
  return groups.toSorted(([a = ""], [b = ""]) => (a < b ? -1 : 1));
}

function lower(lowOf: Map<string, number>, node: string, low: number): void {
  lowOf.set(node, Math.min(lowOf.get(node) ?? low, low));
}

function popUntil(stack: string[], onStack: Set<string>, node: string): string[] {
  const group = stack.splice(stack.lastIndexOf(node));
  for (const member of group) onStack.delete(member);
  return group.toSorted();
}
