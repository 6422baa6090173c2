import type { ReactNode } from "react";
import { EmptyState } from "../../../components/empty-state.tsx";
import { ErrorNotice } from "../../../components/error-notice.tsx";
import { findErrorCode } from "../../../lib/error-text.ts";

type JobsRefusalProps = {
  readonly error: unknown;
  /** As the object of a sentence: `the job runs`. */
  readonly what: string;
  readonly onRetry: () => Promise<unknown>;
};

/** Why there is nothing to see: not for this reader, not on this server, or a failure that may pass. */
export function JobsRefusal({ error, what, onRetry }: JobsRefusalProps): ReactNode {
  const code = findErrorCode(error);
  if (code === "PERMISSION_DENIED") {
    return (
      <EmptyState icon="alert" title="Jobs are for the admins of this workspace">
        <p>
          A job runs as the server’s own user, and its log may hold secrets. Ask an admin for what you need.
        </p>
      </EmptyState>
    );
  }
  if (code === "ENDPOINT_NOT_FOUND" || code === "NOT_IMPLEMENTED" || code === "FEATURE_DISABLED")
    return <EmptyState icon="job" title="This server runs no jobs" />;
  return (
    <ErrorNotice
      error={error}
      what={`Could not load ${what}.`}
      onRetry={() => void onRetry()} // The outcome arrives through the query.
    />
  );
}
