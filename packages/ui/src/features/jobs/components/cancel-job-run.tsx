import type { JobRunWire } from "@flightdeck/protocol";
import { type ReactNode, useState } from "react";
import { Dialog } from "../../../components/dialog.tsx";
import { ErrorNotice } from "../../../components/error-notice.tsx";
import { Icon } from "../../../components/icon.tsx";
import { useCancelJobRun } from "../hooks/use-cancel-job-run.ts";
import { jobRunName } from "../job-run-name.ts";
import { hasEnded } from "../job-run-state.ts";

const ENDING = "TERMINATING";

/** Ends a run, after a question. Renders nothing for one that has ended. */
export function CancelJobRun({ run }: { readonly run: JobRunWire }): ReactNode {
  const [isAsking, setAsking] = useState(false);
  if (hasEnded(run.state)) return null;
  const isEnding = run.state.life_cycle_state === ENDING;
  return (
    <>
      <button type="button" className="button" disabled={isEnding} onClick={() => setAsking(true)}>
        <Icon name="stop" size={14} /> {isEnding ? "Cancelling…" : "Cancel run"}
      </button>
      {isAsking && <CancelDialog run={run} onClose={() => setAsking(false)} />}
    </>
  );
}

type CancelDialogProps = { readonly run: JobRunWire; readonly onClose: () => void };

function CancelDialog({ run, onClose }: CancelDialogProps): ReactNode {
  const cancel = useCancelJobRun();
  return (
    <Dialog title="Cancel this run?" onClose={onClose}>
      <div className="dialog-body">
        <p className="note">
          “{jobRunName(run)}” and every process that it has started will be ended. What it has logged stays.
        </p>
        {cancel.isError && <ErrorNotice error={cancel.error} what="The run was not cancelled." />}
        <div className="dialog-actions">
          <button type="button" className="button" onClick={onClose}>
            Keep running
          </button>
          <button
            type="button"
            className="button button-danger"
            disabled={cancel.isPending}
            onClick={() => cancel.mutate(run.run_id, { onSuccess: onClose })}
          >
            {cancel.isPending ? "Cancelling…" : "Cancel run"}
          </button>
        </div>
      </div>
    </Dialog>
  );
}
