import { type ReactNode, useEffect } from "react";
import { messageOf } from "../../../lib/error-text.ts";
import { formatPlural } from "../../../lib/format-number.ts";
import { useRunLifecycle } from "../hooks/use-run-lifecycle.ts";

/** Long enough to read it, notice the mistake and reach the button. */
const SHOWN_MS = 10_000;

type UndoNoticeProps = { readonly runIds: readonly string[]; readonly onClose: () => void };

/** Tells that runs were deleted and takes it back. */
export function UndoNotice({ runIds, onClose }: UndoNoticeProps): ReactNode {
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
