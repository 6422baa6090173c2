import type { ReactNode } from "react";
import { findErrorCode, messageOf } from "../lib/error-text.ts";
import { Icon } from "./icon.tsx";

type ErrorNoticeProps = { readonly error: unknown; readonly what: string; readonly onRetry?: () => void };

/** What could not be done, the server's own message, and a way to try again. */
export function ErrorNotice({ error, what, onRetry }: ErrorNoticeProps): ReactNode {
  const code = findErrorCode(error);
  return (
    <div className="notice notice-bad" role="alert">
      <Icon name="alert" />
      <div className="notice-text">
        <strong>{what}</strong>
        <p>{messageOf(error)}</p>
        {code !== undefined && <code className="muted">{code}</code>}
      </div>
      {onRetry !== undefined && (
        <button type="button" className="button button-small" onClick={onRetry}>
          <Icon name="refresh" size={14} /> Retry
        </button>
      )}
    </div>
  );
}
