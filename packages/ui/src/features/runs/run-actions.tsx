import type { UseMutationResult } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { type ReactNode, useCallback, useEffect, useState } from "react";
import { Icon } from "../../components/icon.tsx";
import { ErrorNotice } from "../../components/query-view.tsx";
import { formatCount, formatPlural } from "../../lib/format.ts";
import { messageOf } from "../../lib/mlflow-text.ts";
import { type LifecycleChange, useRunLifecycle } from "./run-queries.ts";
import type { RunNode } from "./run-tree.ts";
import type { Expansion, RunSelectionState } from "./use-runs.ts";

type RunActionsProps = {
  readonly experimentId: string;
  readonly state: RunSelectionState;
  readonly nodes: readonly RunNode[];
  readonly expansion: Expansion;
  /** Whether the table shows deleted runs. */
  readonly isTrash: boolean;
};

/** Floats over the table: actions on selected runs, and undo after a deletion. */
export function RunActions({ experimentId, state, nodes, expansion, isTrash }: RunActionsProps): ReactNode {
  const [deletedIds, setDeletedIds] = useState<readonly string[]>([]);
  const closeUndo = useCallback(() => setDeletedIds([]), []);
  const lifecycle = useRunLifecycle();
  const { selectedIds, clear } = state;
  // Deleted rows, and the bar with them, disappear before the answer arrives, so the bar does not wait for it.
  const change = async (): Promise<void> => {
    await lifecycle.mutateAsync({ runIds: selectedIds, to: isTrash ? "active" : "deleted" });
    clear();
    if (!isTrash) setDeletedIds(selectedIds);
  };
  return (
    <>
      {selectedIds.length > 0 && (
        <SelectionBar
          experimentId={experimentId}
          runIds={selectedIds}
          foldedIds={foldedAway(nodes, expansion.expanded, selectedIds)}
          isTrash={isTrash}
          lifecycle={lifecycle}
          onChange={() => void change().catch(() => undefined)} // The bar shows the error.
          onUnfold={() => expansion.setAll(true)}
          onClear={clear}
        />
      )}
      {deletedIds.length > 0 && <UndoNotice runIds={deletedIds} onClose={closeUndo} />}
    </>
  );
}

/** Those of the given runs that are hidden in collapsed rows. */
function foldedAway(
  nodes: readonly RunNode[],
  expanded: Readonly<Record<string, boolean>>,
  runIds: readonly string[],
): readonly string[] {
  const inSight = new Set<string>();
  const look = (siblings: readonly RunNode[]): void => {
    for (const { runId, children } of siblings) {
      inSight.add(runId);
      if (expanded[runId] === true) look(children);
    }
  };
  look(nodes);
  return runIds.filter((id) => !inSight.has(id));
}

/** Long enough to read it, notice the mistake and reach the button. */
const SHOWN_MS = 10_000;

type UndoNoticeProps = { readonly runIds: readonly string[]; readonly onClose: () => void };

/** Says that runs were deleted and offers to undo that. */
function UndoNotice({ runIds, onClose }: UndoNoticeProps): ReactNode {
  const lifecycle = useRunLifecycle();
  useEffect(() => {
    const timer = setTimeout(onClose, SHOWN_MS);
    return () => clearTimeout(timer);
  }, [runIds, onClose]);
  return (
    <div className="notice toast" role="status">
      <span>
        {lifecycle.isError
          ? `Not restored: ${messageOf(lifecycle.error)}`
          : `${formatPlural(runIds.length, "run")} deleted. They can be restored from Deleted.`}
      </span>
      <button
        type="button"
        className="button button-small"
        disabled={lifecycle.isPending}
        onClick={() => lifecycle.mutate({ runIds, to: "active" }, { onSuccess: onClose })}
      >
        Undo
      </button>
    </div>
  );
}

/** A comparison has one column per run; more than this are unreadable. */
const COMPARED_RUNS_MAX = 100;

type SelectionBarProps = {
  readonly experimentId: string;
  readonly runIds: readonly string[];
  /**
   * Selected runs hidden in collapsed rows. The bar points them out, so that nobody acts on hidden runs unknowingly.
   */
  readonly foldedIds: readonly string[];
  /** Whether the runs are deleted ones, which can be restored. */
  readonly isTrash: boolean;
  readonly lifecycle: UseMutationResult<void, Error, LifecycleChange>;
  readonly onChange: () => void;
  readonly onUnfold: () => void;
  readonly onClear: () => void;
};

/** Actions on the selected runs. */
function SelectionBar(props: SelectionBarProps): ReactNode {
  const { experimentId, runIds, foldedIds, isTrash, lifecycle, onChange, onUnfold, onClear } = props;
  const navigate = useNavigate();
  const compare = (): void =>
    void navigate({
      to: "/experiments/$experimentId/compare",
      params: { experimentId },
      search: { runs: runIds.join(",") },
    }); // The new screen shows its own errors.
  const canCompare = runIds.length >= 2 && runIds.length <= COMPARED_RUNS_MAX;
  return (
    <div className="selection-bar" role="group" aria-label="Selected runs">
      <strong>{formatPlural(runIds.length, "run")} selected</strong>
      {foldedIds.length > 0 && (
        <>
          <span className="muted">{formatCount(foldedIds.length)} of them in collapsed rows</span>
          <button type="button" className="button-link" onClick={onUnfold}>
            Show them
          </button>
        </>
      )}
      <button
        type="button"
        className="button button-small"
        disabled={!canCompare}
        title={canCompare ? undefined : `Select 2 to ${COMPARED_RUNS_MAX} runs to compare them`}
        onClick={compare}
      >
        <Icon name="compare" size={14} /> Compare
      </button>
      <button type="button" className="button button-small" disabled={lifecycle.isPending} onClick={onChange}>
        <Icon name={isTrash ? "restore" : "trash"} size={14} /> {isTrash ? "Restore" : "Delete"}
      </button>
      <button type="button" className="button button-small" onClick={onClear}>
        Clear selection
      </button>
      {lifecycle.isError && (
        <ErrorNotice error={lifecycle.error} what="Some runs could not be changed." onRetry={onChange} />
      )}
    </div>
  );
}
