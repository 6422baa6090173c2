import type { RowSelectionState } from "@tanstack/react-table";
import { type Dispatch, type SetStateAction, useCallback, useMemo, useState } from "react";
import type { RunRow } from "../run-row.ts";

/** Which rows are ticked, by run id. */
export type RunSelection = {
  readonly selected: RowSelectionState;
  readonly onSelect: Dispatch<SetStateAction<RowSelectionState>>;
};

export type RunSelectionState = {
  readonly selection: RunSelection;
  /** Of the selected runs those that the table has, in its order: what a filter took away is not acted on. */
  readonly selectedIds: readonly string[];
  readonly clear: () => void;
};

/** The rows that the reader ticked. */
export function useRunSelection(rows: readonly RunRow[] | undefined): RunSelectionState {
  const [selected, onSelect] = useState<RowSelectionState>({});
  const selection = useMemo(() => ({ selected, onSelect }), [selected]);
  const selectedIds = useMemo(
    () => (rows ?? []).map(({ run }) => run.info.runId).filter((id) => selected[id] === true),
    [rows, selected],
  );
  const clear = useCallback(() => onSelect({}), []);
  return { selection, selectedIds, clear };
}
