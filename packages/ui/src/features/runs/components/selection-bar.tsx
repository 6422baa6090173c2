import { useNavigate } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { ErrorNotice } from "../../../components/error-notice.tsx";
import { Icon } from "../../../components/icon.tsx";
import { formatPlural } from "../../../lib/format-number.ts";
import { useRunLifecycle } from "../hooks/use-run-lifecycle.ts";

/** A comparison is a table with a column for each run; beyond this it is no longer read. */
const COMPARED_RUNS_MAX = 100;

type SelectionBarProps = {
  readonly experimentId: string;
  readonly runIds: readonly string[];
  /** Whether the runs are deleted ones, which can be taken back. */
  readonly isTrash: boolean;
  readonly onDone: () => void;
  readonly onDeleted: (runIds: readonly string[]) => void;
};

/** What can be done with the selected runs. */
export function SelectionBar({
  experimentId,
  runIds,
  isTrash,
  onDone,
  onDeleted,
}: SelectionBarProps): ReactNode {
  const navigate = useNavigate();
  const lifecycle = useRunLifecycle();
  const compare = (): void =>
    void navigate({
      to: "/experiments/$experimentId/compare",
      params: { experimentId },
      search: { runs: runIds.join(",") },
    }); // The screen that opens shows its own errors.
  const change = (): void =>
    lifecycle.mutate(
      { runIds, to: isTrash ? "active" : "deleted" },
      {
        onSuccess: () => {
          onDone();
          if (!isTrash) onDeleted(runIds);
        },
      },
    );
  const canCompare = runIds.length >= 2 && runIds.length <= COMPARED_RUNS_MAX;
  return (
    <div className="selection-bar" role="group" aria-label="Selected runs">
      <strong>{formatPlural(runIds.length, "run")} selected</strong>
      <button
        type="button"
        className="button button-small"
        disabled={!canCompare}
        title={canCompare ? undefined : `Select 2 to ${COMPARED_RUNS_MAX} runs to compare them`}
        onClick={compare}
      >
        <Icon name="compare" size={14} /> Compare
      </button>
      <button type="button" className="button button-small" disabled={lifecycle.isPending} onClick={change}>
        <Icon name={isTrash ? "restore" : "trash"} size={14} /> {isTrash ? "Restore" : "Delete"}
      </button>
      <button type="button" className="button button-small" onClick={onDone}>
        Clear selection
      </button>
      {lifecycle.isError && (
        <ErrorNotice error={lifecycle.error} what="Not every run could be changed." onRetry={change} />
      )}
    </div>
  );
}
