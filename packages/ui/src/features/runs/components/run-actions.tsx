import { type ReactNode, useCallback, useState } from "react";
import type { RunSelectionState } from "../hooks/use-run-selection.ts";
import { SelectionBar } from "./selection-bar.tsx";
import { UndoNotice } from "./undo-notice.tsx";

type RunActionsProps = {
  readonly experimentId: string;
  readonly state: RunSelectionState;
  /** Whether the table shows deleted runs. */
  readonly isTrash: boolean;
};

/** What floats over the table: the actions on selected runs, and the way back after a deletion. */
export function RunActions({ experimentId, state, isTrash }: RunActionsProps): ReactNode {
  const [deletedIds, setDeletedIds] = useState<readonly string[]>([]);
  const closeUndo = useCallback(() => setDeletedIds([]), []);
  return (
    <>
      {state.selectedIds.length > 0 && (
        <SelectionBar
          experimentId={experimentId}
          runIds={state.selectedIds}
          isTrash={isTrash}
          onDone={state.clear}
          onDeleted={setDeletedIds}
        />
      )}
      {deletedIds.length > 0 && <UndoNotice runIds={deletedIds} onClose={closeUndo} />}
    </>
  );
}
