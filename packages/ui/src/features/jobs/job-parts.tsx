import type { JobRunWire } from "@flightdeck/protocol";
import type { ReactNode } from "react";
import { EmptyState, ErrorNotice } from "../../components/query-view.tsx";
import { StatusBadge } from "../../components/text.tsx";
import { formatDuration } from "../../lib/format.ts";
import { useSeconds } from "../../lib/hooks.ts";
import { findErrorCode } from "../../lib/mlflow-text.ts";
import { hasEnded, jobRunStateLook, type JobRunStateWire, jobRunTimes } from "./job-run-state.ts";

export function JobRunStateBadge({ state }: { readonly state: JobRunStateWire }): ReactNode {
  const [tone, words] = jobRunStateLook(state);
  return <StatusBadge tone={tone}>{words}</StatusBadge>;
}

/** A cluster is either running or not; other states come from a Databricks workspace. */
export function ClusterStateBadge({ state }: { readonly state: string }): ReactNode {
  const words = `${state.slice(0, 1)}${state.slice(1).toLowerCase()}`;
  return <StatusBadge tone={state === "RUNNING" ? "good" : "neutral"}>{words}</StatusBadge>;
}

/** A run's duration since its submission, ticking while it is active. */
export function JobRunDuration({ run }: { readonly run: JobRunWire }): ReactNode {
  const nowMs = useSeconds(!hasEnded(run.state));
  return formatDuration(jobRunTimes(run, nowMs).totalMs);
}

type JobsRefusalProps = {
  readonly error: unknown;
  /** As the object of a sentence: `the job runs`. */
  readonly what: string;
  readonly onRetry: () => Promise<unknown>;
};

/**
 * Explains why there is nothing to see: no permission, not supported by this server, or a failure that may be
 * temporary.
 */
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
    return <EmptyState icon="job" title="This server does not run jobs" />;
  return (
    <ErrorNotice
      error={error}
      what={`Could not load ${what}.`}
      onRetry={() => void onRetry()} // The query reports the outcome.
    />
  );
}
