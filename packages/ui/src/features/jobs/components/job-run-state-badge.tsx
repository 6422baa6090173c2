import type { ReactNode } from "react";
import { StatusBadge } from "../../../components/status-badge.tsx";
import { jobRunStateLook, type JobRunStateWire } from "../job-run-state.ts";

export function JobRunStateBadge({ state }: { readonly state: JobRunStateWire }): ReactNode {
  const [tone, words] = jobRunStateLook(state);
  return <StatusBadge tone={tone}>{words}</StatusBadge>;
}
