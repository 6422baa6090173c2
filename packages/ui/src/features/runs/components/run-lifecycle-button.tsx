import type { RunInfo } from "@flightdeck/protocol";
import type { ReactNode } from "react";
import { Icon } from "../../../components/icon.tsx";
import { messageOf } from "../../../lib/error-text.ts";
import { useRunLifecycle } from "../hooks/use-run-lifecycle.ts";

/** Deletes a run, or takes it back. The page of a deleted run stays, so this button is its own undo. */
export function RunLifecycleButton({ info }: { readonly info: RunInfo }): ReactNode {
  const lifecycle = useRunLifecycle();
  const isDeleted = info.lifecycleStage === "deleted";
  return (
    <>
      {lifecycle.isError && (
        <span className="muted" role="alert">
          {messageOf(lifecycle.error)}
        </span>
      )}
      <button
        type="button"
        className="button"
        disabled={lifecycle.isPending}
        onClick={() => lifecycle.mutate({ runIds: [info.runId], to: isDeleted ? "active" : "deleted" })}
      >
        <Icon name={isDeleted ? "restore" : "trash"} size={14} /> {isDeleted ? "Restore" : "Delete"}
      </button>
    </>
  );
}
