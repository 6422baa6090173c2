import type { RunStatus } from "@flightdeck/protocol";
import type { ReactNode } from "react";
import { StatusBadge, type StatusTone } from "../../../components/status-badge.tsx";

const LOOKS: Readonly<Record<RunStatus, readonly [tone: StatusTone, words: string]>> = {
  RUNNING: ["busy", "Running"],
  SCHEDULED: ["neutral", "Scheduled"],
  FINISHED: ["good", "Finished"],
  FAILED: ["bad", "Failed"],
  KILLED: ["bad", "Killed"],
};

export function RunStatusBadge({ status }: { readonly status: RunStatus }): ReactNode {
  const [tone, words] = LOOKS[status];
  return <StatusBadge tone={tone}>{words}</StatusBadge>;
}
