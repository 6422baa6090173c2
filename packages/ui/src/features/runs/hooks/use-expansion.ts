import { useCallback, useMemo, useState } from "react";
import type { RunNode } from "../run-tree.ts";

/** Trees up to this many rows are shown open: they fit a few screens. */
const OPEN_ROWS_MAX = 300;

export type Expansion = {
  /** Whether each run that has children shows them. */
  readonly expanded: Record<string, boolean>;
  readonly toggle: (runId: string) => void;
  /** Opens or closes every family. */
  readonly setAll: (open: boolean) => void;
};

type Choices = { readonly all?: boolean; readonly single: Readonly<Record<string, boolean>> };

/** Which families are open. Small tables are, large ones are not, until the reader decides. */
export function useExpansion(nodes: readonly RunNode[]): Expansion {
  const [choices, setChoices] = useState<Choices>({ single: {} });
  const expanded = useMemo(() => {
    const usual = choices.all ?? countRows(nodes) <= OPEN_ROWS_MAX;
    const ids = parentIds(nodes);
    return Object.fromEntries(ids.map((id) => [id, choices.single[id] ?? usual]));
  }, [nodes, choices]);
  const toggle = useCallback(
    (runId: string) =>
      setChoices((before) => ({
        ...before,
        single: { ...before.single, [runId]: expanded[runId] !== true },
      })),
    [expanded],
  );
  const setAll = useCallback((open: boolean) => setChoices({ all: open, single: {} }), []);
  return { expanded, toggle, setAll };
}

function countRows(nodes: readonly RunNode[]): number {
  return nodes.reduce((sum, { children }) => sum + 1 + countRows(children), 0);
}

function parentIds(nodes: readonly RunNode[]): readonly string[] {
  return nodes
    .filter(({ children }) => children.length > 0)
    .flatMap(({ row, children }) => [row.run.info.runId, ...parentIds(children)]);
}
